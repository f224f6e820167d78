// How a scenario writes which pairs of neurons of a projection have a synapse
// (engine/connect/connectivity.hpp): `connect` with what belongs to it, or a matrix of weights with nan
// where there is none.
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/engine/connect/connectivity.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/network/connect/grid.hpp>
#include <retrograde/scenarios/read/network/context.hpp>

namespace retrograde {

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

// The same by rule, so that time and memory follow the synapses and no pair is looked at that has none;
// of those that reach targets that are not wanted only the pairs are drawn, if that. Throws ScenarioError
// where more are to be expected than the limit or the memory leaves; what is to be expected counts as
// spent.
SynapseRule synapse_rule(const TomlTable& table, const ProjectionEnds& ends,
                         const Connectivity& connectivity, RuleSpec spec,
                         const NetworkContext& context, Spent& spent);

}  // namespace retrograde
