// [[projection]]: which populations it joins, its weights and delays, and what of them is learned.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <retrograde/adjoint/train/structure/pairs.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/network/connect/connectivity.hpp>
#include <retrograde/scenarios/read/network/context.hpp>
#include <retrograde/scenarios/read/network/learned.hpp>

namespace retrograde {

struct ReadProjection {
  TomlTable table;
  std::string name;
  std::vector<LearnedKind> learned;
  double weight_scale = 1.0;  // that its weights are multiplied by once they are drawn
};

// All keys of a projection.
std::vector<std::string> projection_keys();

// As its table says, before anything is drawn.
struct WrittenProjection {
  ReadProjection read;
  ProjectionEnds ends;
  unsigned receptor = 0;
  Connectivity connectivity;
  SynapseValues weights, delays;
};

// `names` and `grids` are those of `populations`, which outlive the result. Throws ScenarioError.
WrittenProjection read_projection(TomlTable table, const std::vector<PopulationSpec>& populations,
                                  const std::vector<std::optional<Grid>>& grids,
                                  const std::vector<std::string>& names,
                                  const NetworkContext& context);

// All pairs without a list, where [structure] chooses among them and the table says nothing that
// needs one: they have one delay or uniform ones, alike but for that, and if the projection is on a
// cycle, above 0. None: it has to be listed.
std::optional<DensePairs> dense_pairs(const WrittenProjection& projection,
                                      const NetworkContext& context, bool on_cycle);

// Connects it in `builder`: draws its synapses, or has the one that stands for all of `dense`, with
// the longest delay they begin with. `part`: only those that reach the neurons of that rank; null: all.
// Throws ScenarioError, also beyond the limits.
ReadProjection connect(WrittenProjection projection, const std::optional<DensePairs>& dense,
                       const NetworkContext& context, const NeuronShares* part,
                       NetworkBuilder& builder, Spent& spent);

}  // namespace retrograde
