// Spikes by the name of a population: those that a trial brings, and those that a run leaves.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/spike_train.hpp>
#include <retrograde/engine/trial/tape.hpp>
#include <retrograde/engine/trial/trial.hpp>

namespace retrograde {

// Spike times (ms) of each neuron of an input population, in any order; neurons at the end that are
// left out have none.
struct NamedSpikes {
  std::string population;
  std::vector<std::vector<Time>> times;
};

// The trial with these input spikes, in its order. Throws NetworkError for a population that does not
// exist or is smaller than the list; what else a trial must be, the machine says that runs it.
// O(spikes log spikes).
Trial trial_of(const Network& network, Time duration, std::span<const NamedSpikes> inputs);
inline Trial trial_of(const Network& network, Time duration,
                      std::initializer_list<NamedSpikes> inputs) {
  return trial_of(network, duration, std::span(inputs.begin(), inputs.size()));
}

// The spikes of a population, neurons counted within it. Throws NetworkError where there is none of that
// name. O(spikes).
SpikeTrain spikes_of(const Network& network, const Tape& tape, std::string_view population);

}  // namespace retrograde
