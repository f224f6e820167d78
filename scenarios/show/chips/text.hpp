// A network on a chip behind the interface of all chips, for people.
#pragma once

#include <string>

#include <retrograde/scenarios/run/chips/chip_check.hpp>

namespace retrograde {

// Decisions, spikes, states, what it takes, time, energy and verdict.
std::string chip_check_text(const Trained& trained, const ChipCheck& check);

// "fits Xylo Audio 3, 2 warnings"
std::string verdict_text(const ChipCheck& check);

}  // namespace retrograde
