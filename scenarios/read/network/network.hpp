// The [[population]] and [[projection]] tables of a scenario, or its [network] file and what those
// tables add to it: the network with its initial values, what is learned within which bounds, and
// the inline input spikes. A step of reading a scenario; the manual is docs/scenario.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/adjoint/train/learning.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/trial.hpp>
#include <retrograde/scenarios/io/limits.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/network/network_file.hpp>

namespace retrograde {

struct NetworkContext {
  Time duration = 0;
  std::uint64_t seed = 1;
  std::string data_population;  // an input unless it says otherwise; may be empty
  ScenarioLimits limits = {};
  std::filesystem::path folder = {};  // from which the file of [network] is named
  std::shared_ptr<const NetworkFile> network_file = {};  // instead of opening that
};

struct ScenarioNetwork {
  Network network;
  std::shared_ptr<const NetworkFile> network_file;  // of [network]; null: none
  std::vector<std::string> warnings;
  Learning learning;
  Trial trial;
};

// `root` is the whole file; its keys population and projection are read. Throws ScenarioError.
ScenarioNetwork read_network(TomlTable& root, const NetworkContext& context);

// The population a value names; throws ScenarioError with a suggestion.
std::uint32_t population_named(const TomlValue& name, const std::vector<std::string>& names);
std::vector<std::string> population_names(const Network& network);

}  // namespace retrograde
