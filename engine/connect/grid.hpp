// Neurons on grids, and what depends on the distance of two of them: the density of a projection, its
// weights and its delays.
#pragma once

#include <cstdint>
#include <limits>

namespace retrograde {

// Neurons in rows, row after row, `spacing` apart in both directions, their middle at the origin. In
// one dimension there is one row. With `wrap` the last neighbours the first, as on a ring or a torus.
struct Grid {
  std::uint32_t rows = 1, columns = 1;
  double spacing = 1.0;
  bool wrap = false;

  // From the middle of the grid, for a row of so many neurons.
  double coordinate(std::uint32_t at, std::uint32_t count) const {
    return (at - 0.5 * (count - 1.0)) * spacing;
  }
};

// The grids of two populations, which are one grid if they wrap.
struct GridPair {
  Grid from, to;

  double distance(std::uint32_t source, std::uint32_t target) const;
  double largest_distance() const;
};

// A function of distance, which grows or falls throughout.
struct Profile {
  enum class Kind { constant, linear, gaussian, exponential };
  Kind kind = Kind::constant;
  // constant: peak. linear: start + slope d. gaussian: peak e^(-d^2 / (2 std^2)). exponential: peak
  // e^(-d / length).
  double first = 0.0, second = 0.0;

  double at(double distance) const;
};

// The probability of a synapse by distance; none beyond the radius.
struct DistanceDensity {
  Profile profile;
  double radius = std::numeric_limits<double>::infinity();
};

}  // namespace retrograde
