// One trial: how long it lasts (ms) and the spikes of the input populations, ordered by (time,
// neuron), each within [0, duration).
#pragma once

#include <vector>

#include <retrograde/events/spike.hpp>

namespace retrograde {

struct Trial {
  Time duration = 0;
  std::vector<Spike> inputs;
};

}  // namespace retrograde
