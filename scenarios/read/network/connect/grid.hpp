// Populations on grids, and what depends on the distance of two neurons: the density of a projection, its
// weights and its delays.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include <retrograde/scenarios/io/toml_table.hpp>

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

// `grid` of a population of that size. Throws ScenarioError.
std::optional<Grid> read_grid(TomlTable& table, std::uint32_t size);

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

// Whether a value is written as a profile: { profile = "gaussian", ... }.
bool is_profile(const TomlValue& value);

// Of weights or delays, all of which up to the largest distance lie in `range`. Throws ScenarioError.
Profile read_profile(const TomlValue& value, bool is_time, const Range& range, double largest);

// The probability of a synapse by distance; none beyond the radius.
struct DistanceDensity {
  Profile profile;
  double radius = std::numeric_limits<double>::infinity();
};
DistanceDensity read_distance_density(const TomlValue& value);

}  // namespace retrograde
