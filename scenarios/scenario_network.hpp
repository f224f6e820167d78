// The [[population]] and [[projection]] tables of a scenario: the network with its initial values,
// what is learned within which bounds, and the inline input spikes. A step of reading a scenario;
// the manual is docs/scenario.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/adjoint/learning.hpp>
#include <retrograde/engine/network.hpp>
#include <retrograde/engine/trial.hpp>
#include <retrograde/scenarios/toml_table.hpp>

namespace retrograde {

// More than this is refused where it is written rather than when memory runs out.
inline constexpr std::uint32_t max_scenario_neurons = 10'000'000;
inline constexpr std::uint64_t max_scenario_synapses = 100'000'000;
// Pairs of neurons that a random connectivity is drawn over.
inline constexpr std::uint64_t max_scenario_pairs = 1'000'000'000;

struct NetworkContext {
  Time duration = 0;
  std::uint64_t seed = 1;
  std::string data_population;  // an input unless it says otherwise; may be empty
};

struct ScenarioNetwork {
  Network network;
  Learning learning;
  Trial trial;
};

// `root` is the whole file; its keys population and projection are read. Throws ScenarioError.
ScenarioNetwork read_network(TomlTable& root, const NetworkContext& context);

// The population a value names; throws ScenarioError with a suggestion.
std::uint32_t population_named(const TomlValue& name, const std::vector<std::string>& names);
std::vector<std::string> population_names(const Network& network);

}  // namespace retrograde
