// How a scenario writes a distribution (engine/connect/distribution.hpp, which has the table):
// { distribution = "normal", mean = 1.0, std = 0.5 }.
#pragma once

#include <retrograde/engine/connect/distribution.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>

namespace retrograde {

// A time with its unit, or a plain number.
double read_value(const TomlValue& value, bool is_time, const Range& range);

// Draws are moved into `clip`; ends and constants have to lie within `range`, and what scales a
// distribution of one sign has to have the sign that this allows. Throws ScenarioError.
Distribution read_distribution(const TomlValue& value, bool is_time, const Range& range,
                               const Range& clip);

}  // namespace retrograde
