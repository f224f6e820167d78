// How much each layer of a network fires over a set of trials.
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/adjoint/set_result.hpp>

namespace retrograde {

struct LayerActivity {
  std::uint32_t population = 0;
  std::vector<double> spikes;  // of every neuron per trial, in order
  double mean = 0;             // of these
  std::uint64_t silent = 0;    // neurons that never fired
};

// Populations that fire and are no inputs.
std::vector<std::uint32_t> spiking_populations(const Network& network);

// Of each of them; empty where the result is of no trials.
std::vector<LayerActivity> layer_activity(const Network& network, const SetResult& result);

}  // namespace retrograde
