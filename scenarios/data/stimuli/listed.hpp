// Spikes that are given: written in the scenario, the same in every trial, or read from a file, which may
// have those of several trials.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <retrograde/scenarios/data/stimuli/stimulus.hpp>

namespace retrograde {

struct ListedSpec {
  // Of one trial, which all are like, or of as many as there are, counted from `first_trial`. Neuron
  // after neuron, ascending in each.
  std::vector<std::vector<Spike>> trials;
  // Those outside of [start, stop) are left out.
  Time start = 0, stop = never;
  std::uint64_t first_trial = 0;
};
std::shared_ptr<const Stimulus> make_stimulus(ListedSpec spec);

}  // namespace retrograde
