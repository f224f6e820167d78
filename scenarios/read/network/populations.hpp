// [[population]]: model, receptors, parameters, what is learned, and the inline input spikes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/trial.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/network/connect/grid.hpp>
#include <retrograde/scenarios/read/network/context.hpp>
#include <retrograde/scenarios/read/network/learned.hpp>

namespace retrograde {

struct ReadPopulation {
  TomlTable table;
  PopulationSpec spec;
  std::vector<LearnedKind> learned;
  double dropout = 0.0;
  std::optional<Grid> grid = {};  // where its neurons are
};

// All keys of a population.
std::vector<std::string> population_keys();

// `first` is the number of its first neuron; its spikes go into `trial`. Throws ScenarioError.
ReadPopulation read_population(TomlTable table, NeuronId first, const NetworkContext& context,
                               Trial& trial);

// `dropout`: the probability, in [0, 1), that a neuron is dropped from a trial of training.
double read_dropout(TomlTable& table);

// `spikes`: a list of times per neuron. `signal`: a list of changes per neuron, tables of `at` and
// `value`. Refused beside [data].
void read_spikes(const TomlValue& value, std::uint32_t size, NeuronId first,
                 const NetworkContext& context, Trial& trial);
void read_signal(const TomlValue& value, std::uint32_t size, NeuronId first,
                 const NetworkContext& context, Trial& trial);

}  // namespace retrograde
