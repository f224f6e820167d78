// Reverse-mode differentiation of scalar formulas, as they are written: a second way to every gradient
// that is derived by hand. A number remembers what it was made of; `Differentiation` walks back.
#pragma once

#include <cmath>
#include <cstddef>
#include <functional>
#include <vector>

namespace retrograde::test {

class Differentiation {
 public:
  struct Node {
    std::size_t a, b;
    double da, db;
  };
  static std::vector<Node>& nodes() {
    static thread_local std::vector<Node> all;
    return all;
  }
  static std::size_t add(std::size_t a, double da, std::size_t b = 0, double db = 0.0) {
    nodes().push_back({a, b, da, db});
    return nodes().size() - 1;
  }
  // Begins anew; node 0 is a constant.
  static void clear() { nodes().assign(1, {0, 0, 0.0, 0.0}); }
  // d of node `of` by every node.
  static std::vector<double> of(std::size_t of) {
    std::vector<double> d(nodes().size(), 0.0);
    d[of] = 1.0;
    for (std::size_t k = of; k > 0; --k) {
      d[nodes()[k].a] += nodes()[k].da * d[k];
      d[nodes()[k].b] += nodes()[k].db * d[k];
    }
    return d;
  }
};

struct Var {
  double x = 0.0;
  std::size_t node = 0;

  Var() = default;
  Var(double value) : x(value) {}  // NOLINT: a constant
  Var(double value, std::size_t at) : x(value), node(at) {}
  static Var leaf(double value) { return {value, Differentiation::add(0, 0.0)}; }
};

inline Var unary(double x, const Var& a, double da) {
  return a.node == 0 ? Var(x) : Var(x, Differentiation::add(a.node, da));
}
inline Var binary(double x, const Var& a, double da, const Var& b, double db) {
  if (a.node == 0 && b.node == 0) return Var(x);
  return {x, Differentiation::add(a.node, da, b.node, db)};
}
inline Var operator+(const Var& a, const Var& b) { return binary(a.x + b.x, a, 1.0, b, 1.0); }
inline Var operator-(const Var& a, const Var& b) { return binary(a.x - b.x, a, 1.0, b, -1.0); }
inline Var operator*(const Var& a, const Var& b) { return binary(a.x * b.x, a, b.x, b, a.x); }
inline Var operator/(const Var& a, const Var& b) {
  return binary(a.x / b.x, a, 1.0 / b.x, b, -a.x / (b.x * b.x));
}
inline Var exp(const Var& a) { return unary(std::exp(a.x), a, std::exp(a.x)); }
inline Var sqrt(const Var& a) { return unary(std::sqrt(a.x), a, 0.5 / std::sqrt(a.x)); }
// The step function with a slope that somebody else says.
inline Var step(const Var& a, const std::function<double(double)>& slope) {
  return unary(a.x >= 0.0 ? 1.0 : 0.0, a, slope(a.x));
}
// Without its past.
inline Var detached(const Var& a) { return Var(a.x); }

}  // namespace retrograde::test
