// What is known of a number that nobody has measured exactly: it lies between two ends. Both ends
// are finite and not negative, low <= high. Sums and products of intervals enclose the sums and
// products of what lies in them.
#pragma once

#include <algorithm>
#include <cmath>

namespace retrograde {

struct Interval {
  double low = 0.0, high = 0.0;

  // One number that stands for the interval: the geometric middle, since costs are known by
  // factors; the plain one where an end is 0.
  double middle() const { return low > 0.0 ? std::sqrt(low * high) : 0.5 * (low + high); }
  // Ratio of the ends; 1 for a number that is known.
  double factor() const { return low > 0.0 ? high / low : 1.0; }

  friend bool operator==(const Interval&, const Interval&) = default;
};

inline Interval operator+(Interval a, Interval b) { return {a.low + b.low, a.high + b.high}; }
inline Interval operator*(Interval a, Interval b) { return {a.low * b.low, a.high * b.high}; }
inline Interval operator*(double factor, Interval a) { return {factor * a.low, factor * a.high}; }
inline Interval max(Interval a, Interval b) {
  return {std::max(a.low, b.low), std::max(a.high, b.high)};
}

// value / factor .. value * factor; factor >= 1.
inline Interval around(double value, double factor) { return {value / factor, value * factor}; }

}  // namespace retrograde
