// Whether windows are worth their while: the choice between the two schedulers.
#pragma once

#include <retrograde/engine/windowed/window_plan.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

// Whether the windowed scheduler is the faster one for a trial of that length (ms), in which so many
// deliveries are known beforehand. A function of these alone, so that whoever asks decides alike.
bool windows_pay(const WindowPlan& plan, Time duration, double deliveries);

}  // namespace retrograde
