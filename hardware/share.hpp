// How many of so many cases, and the interval in which the share of all such cases lies: Wilson's,
// with 95 % confidence (E. B. Wilson, J. Am. Stat. Assoc. 22, 209, 1927), which stays within 0 and
// 1 and says something of few cases, too.
//
// Cases are taken to be independent. Trials are; neurons of one trial are not quite, and their
// interval is a little too narrow.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <retrograde/hardware/interval.hpp>

namespace retrograde {

// Standard deviations on either side of the mean that hold 95 % of a normal distribution.
inline constexpr double deviations_of_95_percent = 1.959963984540054;

struct Share {
  std::uint64_t part = 0, whole = 0;  // part <= whole

  // 0 of no cases.
  double value() const {
    return whole ? static_cast<double>(part) / static_cast<double>(whole) : 0.0;
  }

  // 0 to 1 of no cases.
  Interval range() const {
    if (whole == 0) return {0.0, 1.0};
    const double n = static_cast<double>(whole), p = value(), z = deviations_of_95_percent;
    const double middle = p + z * z / (2 * n);
    const double half = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    const double scale = 1 + z * z / n;
    // The ends of none and of all are exact, whatever the rounding.
    return {part == 0 ? 0.0 : std::max(0.0, (middle - half) / scale),
            part == whole ? 1.0 : std::min(1.0, (middle + half) / scale)};
  }
};

}  // namespace retrograde
