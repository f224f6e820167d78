// [[population]]: model, receptors, parameters, what is learned, and what goes in.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/scenarios/data/stimuli/initial_values.hpp>
#include <retrograde/scenarios/data/stimuli/inline_trials.hpp>
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
  std::optional<Grid> grid = {};         // where its neurons are
  std::vector<InitialRow> initial = {};  // in what state its neurons begin
};

// All keys of a population.
std::vector<std::string> population_keys();

// `first` is the number of its first neuron; what goes in is added to `inputs`, those of the
// populations above. Throws ScenarioError.
ReadPopulation read_population(TomlTable table, NeuronId first, const NetworkContext& context,
                               std::vector<InlineInput>& inputs);

// `dropout`: the probability, in [0, 1), that a neuron is dropped from a trial of training.
double read_dropout(TomlTable& table);

// The keys `spikes` and `signal` of a population, refused beside [data].
InlineInput read_input(TomlTable& table, const PopulationSpec& spec, NeuronId first,
                       const NetworkContext& context, const std::vector<InlineInput>& above);

}  // namespace retrograde
