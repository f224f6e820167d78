// The keys `v_init` and `i_init`, `i_init_2` .. of a population: the state in which its neurons begin.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/scenarios/data/stimuli/initial_values.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>

namespace retrograde {

// "v_init", and that of the current of each receptor, "i_init", "i_init_2", ...
std::vector<std::string> initial_keys();

// `spec` has its thresholds already; `first` is the number of its first neuron. Throws ScenarioError.
// `seed`: of the draws, a first one of which is made to see that V can begin below its threshold.
// `lowest`: how low learning may take the thresholds; none: it does not.
std::vector<InitialRow> read_initial(TomlTable& table, const PopulationSpec& spec,
                                     std::optional<double> lowest, NeuronId first,
                                     std::uint64_t seed);

}  // namespace retrograde
