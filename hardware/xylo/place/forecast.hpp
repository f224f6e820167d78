// What a trial will take on a chip of the Xylo family: cycles, clock, time and energy.
//
// Cycles of a step, by the model that SynSense publishes as code for Xylo Audio 3 (profile.hpp names
// its constants, the profile their source):
//
//   channels x channel + channels with events x input_synapse x neurons that channels reach
//   + hidden neurons x (hidden_arrival + hidden_update) + those that fire x hidden_spike
//   + synapses of those that fire x synapse
//   + those that fire and reach an output x (readout + output_synapse x outputs)
//   + outputs x output_update
//
// of first synapses; those of the second synapse are added at the same time. Several events of a
// neuron in a step cost as much as one. Aliases cost more; quantised networks have none.
//
// Time. The core computes a step in so many cycles of the main clock; a trial takes its steps at the
// highest clock of the profile, at most as long as if everybody fired in every step.
//
// Energy. The chip is made for sound as it comes: in real time, a step of the chip as long as the step
// that the network means, at the lowest clock of the profile at which also a step in which everybody
// fires is in time, with the margin. Powers are measured at whole supplies, at rest and per MHz of the
// clock; what single events add is not published, and so no part of it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <retrograde/hardware/chip_target.hpp>
#include <retrograde/hardware/finding.hpp>
#include <retrograde/hardware/xylo/deploy/quantize.hpp>
#include <retrograde/hardware/xylo/place/profile.hpp>

namespace retrograde::xylo {

// What a network has, as the model counts it.
struct Shape {
  double channels = 0, hidden = 0, outputs = 0;
  double input_neurons = 0;    // hidden ones that channels reach
  double readout_neurons = 0;  // that reach an output
  double synapses = 0;         // between hidden neurons, first synapses
};
Shape shape_of(const XyloNetwork& network);

// What happened in some steps.
struct Load {
  double steps = 0;
  double active_channels = 0;  // channel-steps with events
  double hidden_spikes = 0;    // neuron-steps with events
  double synapses = 0;         // first synapses of those
  double readout_spikes = 0;   // of those, neuron-steps of neurons that reach an output
};

// Per step: the mean of what happened, and of a step in which everybody fires.
double mean_cycles(const Shape& shape, const Cycles& cycles, const Load& load);
double most_cycles(const Shape& shape, const Cycles& cycles);

// The clock (MHz) at which most_cycles are in time, with the margin.
double clock_wanted(const Shape& shape, const Profile& profile, Time step);

// Where the chip is too slow for real time.
std::vector<Finding> judge_clock(const Shape& shape, const Profile& profile, Time step);

// `load` is of so many trials, at least one; `step` in ms.
ChipForecast forecast(const Shape& shape, const Profile& profile, const Load& load,
                      std::uint64_t trials, Time step);

}  // namespace retrograde::xylo
