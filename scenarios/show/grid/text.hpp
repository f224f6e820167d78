// What a network says exactly and in steps, as a table for people.
#pragma once

#include <string>

#include <retrograde/scenarios/run/grid/grid.hpp>

namespace retrograde {

std::string grid_text(const std::string& name, const GridComparison& comparison);

}  // namespace retrograde
