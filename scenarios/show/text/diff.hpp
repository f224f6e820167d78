// What `retro diff` found, for people.
#pragma once

#include <cstdint>
#include <string>

#include <retrograde/scenarios/run/diff/diff.hpp>

namespace retrograde {

// Steps that are shown before and after a divergence.
inline constexpr std::int64_t steps_around = 3;

// Lines: both sides, what was compared, where they part first and why.
std::string diff_text(const Diff& diff);

}  // namespace retrograde
