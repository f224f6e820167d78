// [[projection]]: which populations it joins, its weights and delays, and what of them is learned.
#pragma once

#include <string>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/network/connectivity.hpp>
#include <retrograde/scenarios/read/network/context.hpp>
#include <retrograde/scenarios/read/network/learned.hpp>

namespace retrograde {

struct ReadProjection {
  TomlTable table;
  std::string name;
  std::vector<LearnedKind> learned;
};

// All keys of a projection.
std::vector<std::string> projection_keys();

// Reads it and connects it in `builder`. `names` are those of the populations. Throws ScenarioError.
ReadProjection read_projection(TomlTable table, const std::vector<PopulationSpec>& populations,
                               const std::vector<std::string>& names, const NetworkContext& context,
                               NetworkBuilder& builder, Spent& spent);

}  // namespace retrograde
