// The network of a scenario, or the part of it that one of several ranks runs.
#pragma once

#include <retrograde/engine/distributed/neuron_shares.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/network/context.hpp>
#include <retrograde/scenarios/read/network/network.hpp>

namespace retrograde {

// As read_network does; `part`: of the synapses only those that reach the rank's neurons are made. Null:
// all are. Throws ScenarioError for a delay_share, which no part alone can choose.
ScenarioNetwork read_network_part(TomlTable& root, const NetworkContext& context,
                                  const NeuronShares* part);

}  // namespace retrograde
