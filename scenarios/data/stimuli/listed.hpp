// Spikes that are given, the same in every trial: written in the scenario, or read from a file.
#pragma once

#include <memory>
#include <vector>

#include <retrograde/scenarios/data/stimuli/stimulus.hpp>

namespace retrograde {

struct ListedSpec {
  std::vector<Spike> spikes;  // neuron after neuron, ascending in each
  // Those outside of [start, stop) are left out.
  Time start = 0, stop = never;
};
std::shared_ptr<const Stimulus> make_stimulus(ListedSpec spec);

}  // namespace retrograde
