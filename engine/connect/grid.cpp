#include <algorithm>
#include <cmath>

#include <retrograde/engine/connect/grid.hpp>

namespace retrograde {

namespace {

double along(const Grid& from, const Grid& to, double apart, std::uint32_t count) {
  apart = std::fabs(apart);
  return from.wrap ? std::min(apart, count * to.spacing - apart) : apart;
}

}  // namespace

double GridPair::distance(std::uint32_t source, std::uint32_t target) const {
  const double x = along(from, to,
                         from.coordinate(source % from.columns, from.columns) -
                             to.coordinate(target % to.columns, to.columns),
                         to.columns);
  if (from.rows == 1 && to.rows == 1) return x;
  const double y = along(from, to,
                         from.coordinate(source / from.columns, from.rows) -
                             to.coordinate(target / to.columns, to.rows),
                         to.rows);
  return std::hypot(x, y);
}

double GridPair::largest_distance() const {
  const auto reach = [&](std::uint32_t a, std::uint32_t b) {
    if (from.wrap) return 0.5 * b * to.spacing;
    return 0.5 * ((a - 1.0) * from.spacing + (b - 1.0) * to.spacing);
  };
  if (from.rows == 1 && to.rows == 1) return reach(from.columns, to.columns);
  return std::hypot(reach(from.columns, to.columns), reach(from.rows, to.rows));
}

double Profile::at(double distance) const {
  switch (kind) {
    case Kind::linear:
      return first + second * distance;
    case Kind::gaussian:
      return first * std::exp(-0.5 * (distance / second) * (distance / second));
    case Kind::exponential:
      return first * std::exp(-distance / second);
    case Kind::constant:
      break;
  }
  return first;
}

}  // namespace retrograde
