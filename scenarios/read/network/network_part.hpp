// The network of a scenario, or the part of it that one of several ranks runs: of the synapses only those
// that reach the rank's neurons are made, with the weights and delays that they have in the whole.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <retrograde/engine/distributed/neuron_shares.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/network/connectivity.hpp>
#include <retrograde/scenarios/read/network/context.hpp>
#include <retrograde/scenarios/read/network/network.hpp>
#include <retrograde/scenarios/read/network/projections.hpp>

namespace retrograde {

// As read_network does; `part`: whose part. Null: all of it. Throws ScenarioError for a delay_share, which
// no part alone can choose.
ScenarioNetwork read_network_part(TomlTable& root, const NetworkContext& context,
                                  const NeuronShares* part);

// The same of one projection (projections.hpp).
ReadProjection connect_part(WrittenProjection projection, const std::optional<DensePairs>& dense,
                            const NetworkContext& context, const NeuronShares* part,
                            NetworkBuilder& builder, Spent& spent);

// Its synapses that reach `wanted` targets (connectivity.hpp). All pairs are drawn.
std::vector<SynapseSpec> draw_wanted_synapses(const TomlTable& table, const ProjectionEnds& ends,
                                              const Connectivity& connectivity, NeuronRange wanted,
                                              SynapseValues weights, SynapseValues delays,
                                              Random chance, const NetworkContext& context,
                                              Spent& spent);
// The same by rule. Of the synapses that are not wanted only the steps from one to the next are taken.
SynapseRule wanted_synapse_rule(const TomlTable& table, const ProjectionEnds& ends,
                                const Connectivity& connectivity, NeuronRange wanted,
                                SynapseValues weights, SynapseValues delays, std::uint64_t seed,
                                const std::string& purpose, const NetworkContext& context,
                                Spent& spent);

}  // namespace retrograde
