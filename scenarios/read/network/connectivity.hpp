// Which pairs of neurons of a projection have a synapse: connect, density, self, or a matrix of
// weights with nan where there is none.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <retrograde/engine/distributed/neuron_shares.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/network/context.hpp>
#include <retrograde/scenarios/read/network/values.hpp>

namespace retrograde {

// The populations that a projection joins.
struct ProjectionEnds {
  std::uint32_t source = 0, target = 0;
  const PopulationSpec &from, &to;
};

struct Connectivity {
  bool one_to_one = false;  // else every source with every target
  double density = 1.0;     // probability that a pair has a synapse
  bool self = true;         // whether a neuron may meet itself
  std::uint64_t pairs = 0;
};

// What the projections read so far have used of the limits.
struct Spent {
  std::uint64_t synapses = 0, pairs = 0, chosen_pairs = 0;
};

// `weight` is the value of that key, which may be a matrix. Throws ScenarioError.
Connectivity read_connectivity(TomlTable& table, const ProjectionEnds& ends,
                               const TomlValue& weight);

// Whether each pair of a random projection can be looked at within what is left of the limit; else
// its synapses follow a rule.
bool pairs_are_listed(const Connectivity& connectivity, const ScenarioLimits& limits,
                      const Spent& spent);

// The synapses that reach `wanted` targets, target after target. Every pair draws all its numbers, used
// or not: a weight does not depend on which other synapses exist. Throws ScenarioError where the pairs
// or the synapses, wanted or not, would exceed the limits; they count as spent.
std::vector<SynapseSpec> draw_synapses(const TomlTable& table, const ProjectionEnds& ends,
                                       const Connectivity& connectivity, NeuronRange wanted,
                                       SynapseValues weights, SynapseValues delays, Random chance,
                                       const NetworkContext& context, Spent& spent);

// The same by rule, of a density below 1, where the pairs are too many to look at: the targets
// of each source come from a stream of its own (`seed`, `purpose`, 1 + source) in steps from one to
// the next, weights and delays are those of the pair; of targets that are not wanted only the steps are
// taken. O(synapses). Throws ScenarioError where more are to be expected than the limit leaves; what is
// to be expected counts as spent.
SynapseRule synapse_rule(const TomlTable& table, const ProjectionEnds& ends,
                         const Connectivity& connectivity, NeuronRange wanted,
                         SynapseValues weights, SynapseValues delays, std::uint64_t seed,
                         const std::string& purpose, const NetworkContext& context, Spent& spent);

}  // namespace retrograde
