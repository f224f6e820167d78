// Certified zeros of sums of exponentials.
//
// A function f(s) = sum of n modes e^(-r s) (a repeated rate brings s e^(-r s), rate 0 a constant)
// has at most n - 1 zeros: e^(r s) f grows or falls monotonically between the zeros of f' + r f,
// which has one mode less (Rolle; Descartes' rule for exponential sums). So with f_0 = f and
// f_(k+1) = f_k' + r_k f_k, the zeros of f_(k+1) cut an interval into pieces on each of which f_k
// has at most one zero, and a change of sign at the ends tells whether. The last function has one
// mode and no zero.
//
// The caller gives f_k(s) as a function of level and s. Where f_k has a double zero rounding
// decides whether it is seen; a caller to whom that matters looks again with a wider number type.
#pragma once

#include <algorithm>
#include <boost/math/tools/roots.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace retrograde {

namespace detail {

// The zero of a function that changes sign once between low and high.
template <typename T, typename F>
T bracketed_zero(const F& f, const T& low, const T& high, const T& at_low, const T& at_high) {
  std::uintmax_t steps = 300;
  const auto tolerance = [](const T& a, const T& b) {
    using std::fabs;
    return fabs(b - a) <= 2 * std::numeric_limits<T>::epsilon() * std::min(T(fabs(a)), T(fabs(b)));
  };
  const auto bracket =
      boost::math::tools::toms748_solve(f, low, high, at_low, at_high, tolerance, steps);
  return (bracket.first + bracket.second) / 2;
}

}  // namespace detail

// Zeros in (0, end) of f(level, .), ascending, where f(levels - 1, .) has none.
template <typename T, typename F>
std::vector<T> isolated_zeros(const F& f, std::size_t level, std::size_t levels, const T& end) {
  if (level + 1 >= levels) return {};
  std::vector<T> cuts = isolated_zeros<T>(f, level + 1, levels, end);
  cuts.push_back(end);
  std::vector<T> zeros;
  T low = 0, at_low = f(level, low);
  for (const T& high : cuts) {
    const T at_high = f(level, high);
    if ((at_low < 0 && at_high > 0) || (at_low > 0 && at_high < 0)) {
      zeros.push_back(detail::bracketed_zero<T>([&](const T& s) { return f(level, s); }, low, high,
                                                at_low, at_high));
    } else if (at_high == 0 && high < end) {
      zeros.push_back(high);
    }
    low = high;
    at_low = at_high;
  }
  return zeros;
}

}  // namespace retrograde
