// Spikes of a file (io/spikes) for one population: which of the file's populations and trials they are,
// and which neurons.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/events/spike.hpp>
#include <retrograde/scenarios/io/spikes/spike_file.hpp>

namespace retrograde {

struct SpikeChoice {
  std::uint32_t size = 0;       // neurons of the population
  std::uint64_t first = 0;      // what the file calls the first of them
  std::string name = {};        // of the population, which decides where the file has several
  std::string population = {};  // what the file calls it; empty: the only one, or that of `name`
  std::optional<std::uint32_t> trial = {};  // this one alone; none: all
};

// Of each trial its spikes in the order that stimuli have: neuron after neuron, each ascending. Throws
// FormatError.
std::vector<std::vector<Spike>> chosen_spikes(const SpikeFile& file, const SpikeChoice& choice);

}  // namespace retrograde
