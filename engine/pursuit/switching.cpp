#include <algorithm>
#include <cmath>

#include <retrograde/engine/pursuit/switching.hpp>

namespace retrograde {

namespace {

// Of |v|^2, where a group has just been taken to the boundary.
constexpr double rounding = 1e-12;

struct Course {
  const double* c;
  const double* d;
  Eigen::Index size;
  double l1, held;
  bool non_negative;

  bool kinked() const { return l1 > 0.0 || non_negative; }
  double v(double u) const {
    if (u > l1) return u - l1;
    return u < -l1 && !non_negative ? u + l1 : 0.0;
  }
};

struct Quadratic {
  double a = 0.0, b = 0.0, c = 0.0;  // a s^2 + 2 b s + c

  double at(double s) const { return (a * s + 2.0 * b) * s + c; }
};

// Of the members that have passed their threshold at s = `inside`.
Quadratic quadratic(const Course& group, double inside) {
  Quadratic q;
  for (Eigen::Index i = 0; i < group.size; ++i) {
    const double c = group.c[i], d = group.d[i];
    double rest = c;
    if (group.kinked()) {
      const double v = group.v(c + d * inside);
      if (v == 0.0) continue;
      rest = c - std::copysign(group.l1, v);
    }
    q.a += d * d;
    q.b += rest * d;
    q.c += rest * rest;
  }
  q.c -= group.held * group.held;
  return q;
}

// Where q rises through 0 as s falls: its smaller root, given q(0) > 0 and q <= 0 somewhere above.
double leaving(const Quadratic& q) {
  return q.c / (-q.b + std::sqrt(std::fmax(q.b * q.b - q.a * q.c, 0.0)));
}

// Where q falls through 0 as s falls: its larger root; 0 if there is none.
double entering(const Quadratic& q) {
  const double discriminant = q.b * q.b - q.a * q.c;
  if (discriminant < 0.0) return 0.0;
  const double root = std::sqrt(discriminant);
  return q.b > 0.0 ? -q.c / (q.b + root) : (root - q.b) / q.a;
}

// |v|^2 at s, and how fast it grows with s, halved.
struct Length {
  double square = 0.0, slope = 0.0;
};

Length length(const Course& group, double s) {
  Length sum;
  for (Eigen::Index i = 0; i < group.size; ++i) {
    const double v = group.v(group.c[i] + group.d[i] * s);
    sum.square += v * v;
    sum.slope += v * group.d[i];
  }
  return sum;
}

void find_kinks(const Course& group, std::vector<double>& kinks) {
  kinks.clear();
  if (!group.kinked()) return;
  kinks.reserve(2 * static_cast<std::size_t>(group.size));
  const auto add = [&](Eigen::Index i, double u) {
    const double s = (u - group.c[i]) / group.d[i];
    if (s > 0.0 && s < 1.0) kinks.push_back(s);
  };
  for (Eigen::Index i = 0; i < group.size; ++i) {
    add(i, group.l1);
    if (!group.non_negative) add(i, -group.l1);
  }
  std::sort(kinks.begin(), kinks.end());
}

}  // namespace

double Switching::next(const Penalty& penalty, Eigen::Index g, double held, const double* c,
                       const double* d, bool silent, double least) {
  const Course group{c, d, penalty.groups.size(g), penalty.l1(g), held, penalty.non_negative};
  const double square = group.held * group.held;
  if (silent) {
    // The silent region is convex: who ends in it does not leave it.
    if (!(length(group, 0.0).square > square)) return 0.0;
    const Length now = length(group, 1.0);
    if (now.square >= square && now.slope <= 0.0) return 1.0;
    if (now.square > square * (1.0 + rounding)) return 1.0;
    if (least > 0.0 && length(group, least).square <= square) return 0.0;
  } else {
    const Length now = length(group, 1.0);
    if (!(now.slope > 0.0)) return 0.0;
    if (now.square <= square) return 1.0;
    if (least > 0.0) {
      const Length then = length(group, least);
      if (then.square > square && then.slope >= 0.0) return 0.0;
    }
  }
  find_kinks(group, kinks_);
  double above = 1.0;
  for (std::size_t k = kinks_.size() + 1; k-- > 0;) {
    const double below = k > 0 ? kinks_[k - 1] : 0.0;
    const Quadratic q = quadratic(group, 0.5 * (above + below));
    if (silent) {
      if (q.at(below) > 0.0) return std::clamp(leaving(q), below, above);
    } else {
      const double s = entering(q);
      if (s > 0.0 && s >= below) return std::fmin(s, above);
      if (q.a * below + q.b <= 0.0) return 0.0;  // it grows again
    }
    above = below;
  }
  return 0.0;
}

}  // namespace retrograde
