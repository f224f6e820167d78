// Accuracy against the size of an attack, as a picture.
#pragma once

#include <string>

#include <retrograde/scenarios/run/attack/attack_curve.hpp>
#include <retrograde/scenarios/show/plot/charts.hpp>

namespace retrograde {

// One line per curve with its intervals, and a grey one for random points in the place of the attack
// where there is one curve of its own.
LineChart attack_chart(const std::string& title, const Robustness& robustness);
// The same as an <svg> of its own.
std::string attack_picture(const std::string& name, const Robustness& robustness);

}  // namespace retrograde
