// A number with its derivatives along up to `width` directions, for forward-mode differentiation of
// code that is a template over its number type (adjoint/neuron/generic.hpp, adjoint/check/tangent.hpp).
// Comparisons look at the value only.
#pragma once

#include <array>
#include <cmath>
#include <compare>
#include <cstddef>

namespace retrograde {

template <std::size_t width>
struct Dual {
  double value = 0.0;
  std::array<double, width> d{};

  Dual() = default;
  Dual(double v) : value(v) {}
  // An independent variable: derivative 1 along `direction`.
  Dual(double v, std::size_t direction) : value(v) { d[direction] = 1.0; }

  friend std::partial_ordering operator<=>(const Dual& a, const Dual& b) {
    return a.value <=> b.value;
  }
  friend bool operator==(const Dual& a, const Dual& b) { return a.value == b.value; }

  // f(a) and f'(a); f(a, b) and its two derivatives.
  static Dual chain(double f, double fa, const Dual& a) {
    Dual r(f);
    for (std::size_t k = 0; k < width; ++k) r.d[k] = fa * a.d[k];
    return r;
  }
  static Dual chain(double f, double fa, const Dual& a, double fb, const Dual& b) {
    Dual r(f);
    for (std::size_t k = 0; k < width; ++k) r.d[k] = fa * a.d[k] + fb * b.d[k];
    return r;
  }

  friend Dual operator-(const Dual& a) { return chain(-a.value, -1.0, a); }
  friend Dual operator+(const Dual& a, const Dual& b) {
    return chain(a.value + b.value, 1.0, a, 1.0, b);
  }
  friend Dual operator-(const Dual& a, const Dual& b) {
    return chain(a.value - b.value, 1.0, a, -1.0, b);
  }
  friend Dual operator*(const Dual& a, const Dual& b) {
    return chain(a.value * b.value, b.value, a, a.value, b);
  }
  friend Dual operator/(const Dual& a, const Dual& b) {
    const double q = a.value / b.value;
    return chain(q, 1.0 / b.value, a, -q / b.value, b);
  }
  Dual& operator+=(const Dual& b) { return *this = *this + b; }
  Dual& operator-=(const Dual& b) { return *this = *this - b; }
  Dual& operator*=(const Dual& b) { return *this = *this * b; }
  Dual& operator/=(const Dual& b) { return *this = *this / b; }

  friend Dual exp(const Dual& a) {
    const double e = std::exp(a.value);
    return chain(e, e, a);
  }
  friend Dual expm1(const Dual& a) { return chain(std::expm1(a.value), std::exp(a.value), a); }
  friend Dual log(const Dual& a) { return chain(std::log(a.value), 1.0 / a.value, a); }
  friend Dual log1p(const Dual& a) { return chain(std::log1p(a.value), 1.0 / (1.0 + a.value), a); }
  friend Dual sqrt(const Dual& a) {
    const double r = std::sqrt(a.value);
    return chain(r, 0.5 / r, a);
  }
  friend Dual sin(const Dual& a) { return chain(std::sin(a.value), std::cos(a.value), a); }
  friend Dual cos(const Dual& a) { return chain(std::cos(a.value), -std::sin(a.value), a); }
  friend Dual tan(const Dual& a) {
    const double t = std::tan(a.value);
    return chain(t, 1.0 + t * t, a);
  }
  friend Dual atan2(const Dual& y, const Dual& x) {
    const double r2 = x.value * x.value + y.value * y.value;
    return chain(std::atan2(y.value, x.value), x.value / r2, y, -y.value / r2, x);
  }
  friend Dual fabs(const Dual& a) { return a.value < 0.0 ? -a : a; }
};

}  // namespace retrograde
