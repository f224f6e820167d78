// Whether windows are worth their while: the choice between the two schedulers.
#pragma once

#include <cstddef>
#include <span>

#include <retrograde/engine/windowed/window_plan.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

// The deliveries of a trial that are known beforehand, those of so many input spikes, if every input
// neuron has as many synapses as the others. `whole`: as of make_plan.
double known_deliveries(const Network& network, std::size_t inputs,
                        std::span<const ProjectionExtent> whole = {});

// Whether the windowed scheduler is the faster one for a trial of that length (ms), in which so many
// deliveries are known beforehand. A function of these alone, so that whoever asks decides alike.
bool windows_pay(const WindowPlan& plan, Time duration, double deliveries);

}  // namespace retrograde
