// How a scenario writes populations on grids and what depends on the distance of two neurons
// (engine/connect/grid.hpp).
#pragma once

#include <cstdint>
#include <optional>

#include <retrograde/engine/connect/grid.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>

namespace retrograde {

// `grid` of a population of that size. Throws ScenarioError.
std::optional<Grid> read_grid(TomlTable& table, std::uint32_t size);

// Whether a value is written as a profile: { profile = "gaussian", ... }.
bool is_profile(const TomlValue& value);

// Of weights or delays, all of which up to the largest distance lie in `range`. Throws ScenarioError.
Profile read_profile(const TomlValue& value, bool is_time, const Range& range, double largest);

DistanceDensity read_distance_density(const TomlValue& value);

}  // namespace retrograde
