// From the times of a trial to the steps of the chip: part of what is deployed, the same for every
// emulator. An input spike at t is sent in step round(t / step), the last one at most; a source
// sends at most one a step, further ones are dropped and counted.
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/engine/trial/trial.hpp>
#include <retrograde/hardware/loihi2/emulator/activity.hpp>

namespace retrograde::loihi2 {

struct GriddedInputs {
  std::uint32_t steps = 0;        // of the trial: ceil(duration / step), at least 1
  std::vector<ChipSpike> spikes;  // ordered by (step, neuron)
  std::uint64_t collisions = 0;   // dropped
};

// Throws LimitError for a trial of more than 2^31 steps, NetworkError for one with muted neurons,
// DeploymentError for a graded one.
GriddedInputs on_grid(const Trial& trial, Time step);

}  // namespace retrograde::loihi2
