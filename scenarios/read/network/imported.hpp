// [network]: populations and projections come from a file; the tables of the scenario name them and
// add what the file does not say.
#pragma once

#include <retrograde/engine/distributed/neuron_shares.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/network/context.hpp>
#include <retrograde/scenarios/read/network/network.hpp>

namespace retrograde {

// `root` is the whole scenario, `table` its [network]. What is read goes into `builder` and, but for
// the network itself and its learning, into `result`. Throws ScenarioError, FormatError, LimitError,
// IoError.
NetworkParts read_imported(TomlTable& root, TomlTable table, const NetworkContext& context,
                           const NeuronShares* part, NetworkBuilder& builder,
                           ScenarioNetwork& result);

}  // namespace retrograde
