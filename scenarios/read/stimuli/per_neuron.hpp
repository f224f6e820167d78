// A time or a rate of every neuron of a population: one value, a list with one for each, or a
// distribution, from which every neuron draws once.
#pragma once

#include <cstdint>
#include <string>

#include <retrograde/scenarios/data/stimuli/stimulus.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>

namespace retrograde {

enum class Quantity : std::uint8_t { time, rate };  // in ms, in 1/ms

// What reads it draws from.
struct NeuronDraws {
  std::uint32_t size = 0;  // neurons
  std::uint64_t seed = 1;
  std::string population;  // draws are those of "KEY/POPULATION"
};

// Throws ScenarioError: another number of values, one out of range.
PerNeuron read_per_neuron(const TomlValue& value, Quantity quantity, const std::string& key,
                          const NeuronDraws& draws, const Range& range);

}  // namespace retrograde
