#include <cmath>

#include <retrograde/events/error.hpp>
#include <retrograde/events/geometric.hpp>

namespace retrograde {

namespace {

// By squaring: products of the same order everywhere.
double power(double base, std::uint64_t exponent) noexcept {
  double result = 1.0;
  for (; exponent > 0; exponent /= 2, base *= base)
    if (exponent % 2 == 1) result *= base;
  return result;
}

}  // namespace

GeometricGap::GeometricGap(double p) : failure_(1.0 - p), log_failure_(std::log1p(-p)) {
  if (!(p >= least) || !(p < 1.0))
    throw InternalError("GeometricGap: the probability is not between 2^-20 and 1");
}

std::uint64_t GeometricGap::next(Random& random) const noexcept {
  const double u = 1.0 - random.uniform();
  const double steps = std::log(u) / log_failure_;
  const double near = std::nearbyint(steps);
  // Far above the errors of any logarithm, and as seldom as it is small.
  if (std::fabs(steps - near) > 1e-9 * (1.0 + steps)) return static_cast<std::uint64_t>(steps);
  const auto step = static_cast<std::uint64_t>(near);
  return step == 0 || u <= power(failure_, step) ? step : step - 1;
}

}  // namespace retrograde
