// What `retro grid` found, as a picture.
#pragma once

#include <string>

#include <retrograde/scenarios/run/grid/grid.hpp>

namespace retrograde {

// Accuracy and agreement against the step beside the time that a trial takes, each with the exact one
// as a line across. An <svg> of its own.
std::string grid_picture(const std::string& name, const GridComparison& comparison);

}  // namespace retrograde
