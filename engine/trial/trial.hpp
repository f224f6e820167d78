// One trial: how long it lasts (ms) and the spikes of the input populations, ordered by (time,
// neuron), each within [0, duration). Neurons may be muted for its time: they fire, but what they
// send reaches nobody (dropout in training).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <retrograde/events/spike.hpp>

namespace retrograde {

struct Trial {
  Time duration = 0;
  std::vector<Spike> inputs;
  std::vector<char> muted = {};  // per neuron; empty: nobody

  bool is_muted(NeuronId neuron) const { return !muted.empty() && muted[neuron] != 0; }
};

// Throws NetworkError unless the duration is finite and above 0 and the rest is what Trial says.
// `is_input` and `name` speak of neurons 0 .. neurons - 1. O(inputs).
void check(const Trial& trial, NeuronId neurons, const std::function<bool(NeuronId)>& is_input,
           const std::function<std::string(NeuronId)>& name);

}  // namespace retrograde
