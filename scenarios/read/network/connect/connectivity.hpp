// Which pairs of neurons of a projection have a synapse: `connect` with what belongs to it, or a matrix
// of weights with nan where there is none.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/engine/distributed/neuron_shares.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/network/connect/grid.hpp>
#include <retrograde/scenarios/read/network/connect/synapse_list.hpp>
#include <retrograde/scenarios/read/network/context.hpp>
#include <retrograde/scenarios/read/network/values.hpp>

namespace retrograde {

// The populations that a projection joins, and their grids where they have one.
struct ProjectionEnds {
  std::uint32_t source = 0, target = 0;
  const PopulationSpec &from, &to;
  std::optional<Grid> from_grid = {}, to_grid = {};
};

enum class Connect {
  all_to_all,
  one_to_one,
  pairwise_bernoulli,
  fixed_indegree,
  fixed_outdegree,
  fixed_total_number,
  list
};

struct Connectivity {
  Connect connect = Connect::all_to_all;
  // Probability that a pair has a synapse; also of all to all, where the key stands alone.
  double density = 1.0;
  std::optional<DistanceDensity> distance;  // instead, of pairwise_bernoulli
  std::uint32_t degree = 0;                 // of a target or of a source
  std::uint64_t total = 0;                  // of synapses
  std::shared_ptr<const SynapseList> list;
  bool autapses = true;    // whether a neuron may meet itself
  bool multapses = false;  // whether a pair may have several synapses
  std::uint64_t pairs = 0;

  // Whether pairs are those of a matrix, with a value for each.
  bool takes_matrix() const { return connect == Connect::all_to_all; }
  // Whether values may be listed, one for each synapse.
  bool takes_list() const { return connect == Connect::one_to_one || connect == Connect::list; }
  // Of values that are listed.
  std::uint64_t listed() const { return list ? list->sources.size() : pairs; }
};

// What the projections read so far have used of the limits.
struct Spent {
  std::uint64_t synapses = 0, pairs = 0, chosen_pairs = 0;
};

// Bounds of the weights and delays of a list. `matrix`: whether the weights are one. Throws
// ScenarioError.
Connectivity read_connectivity(TomlTable& table, const ProjectionEnds& ends, bool matrix,
                               const Range& weights, const Range& delays,
                               const NetworkContext& context);

// The grids of a projection whose `value` depends on distance. Throws ScenarioError where a population
// has none, or where they are not one.
GridPair grids_of(const TomlValue& value, const ProjectionEnds& ends);

// Whether each pair of the projection can be looked at within what is left of the limit; else its
// synapses follow a rule.
bool pairs_are_listed(const Connectivity& connectivity, const ScenarioLimits& limits,
                      const Spent& spent);

// The synapses that reach `wanted` targets, target after target. Every pair draws all its numbers, used
// or not: a weight does not depend on which other synapses exist. Throws ScenarioError where the pairs
// or the synapses, wanted or not, would exceed the limits; they count as spent.
std::vector<SynapseSpec> draw_synapses(const TomlTable& table, const ProjectionEnds& ends,
                                       const Connectivity& connectivity, NeuronRange wanted,
                                       SynapseValues weights, SynapseValues delays, Random chance,
                                       const NetworkContext& context, Spent& spent);

// What all rules have beside their connectivity.
struct RuleSpec {
  NeuronRange wanted;  // targets
  SynapseValues weights, delays;
  std::uint64_t seed;
  std::string purpose;  // of its random numbers
};

// The same by rule, so that time and memory follow the synapses and no pair is looked at that has none;
// of those that reach targets that are not wanted only the pairs are drawn, if that. Throws ScenarioError
// where more are to be expected than the limit or the memory leaves; what is to be expected counts as
// spent.
SynapseRule synapse_rule(const TomlTable& table, const ProjectionEnds& ends,
                         const Connectivity& connectivity, RuleSpec spec,
                         const NetworkContext& context, Spent& spent);

}  // namespace retrograde
