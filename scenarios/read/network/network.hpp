// The [[population]] and [[projection]] tables of a scenario, or its [network] file and what those
// tables add to it: the network with its initial values, what is learned within which bounds, and
// what goes into its inputs. A step of reading a scenario; the manual is docs/scenario.md.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <retrograde/adjoint/train/learning.hpp>
#include <retrograde/adjoint/train/structure/pairs.hpp>
#include <retrograde/engine/distributed/neuron_shares.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/stepped/stepped.hpp>
#include <retrograde/scenarios/data/stimuli/inline_trials.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/network/context.hpp>
#include <retrograde/scenarios/read/network/populations.hpp>
#include <retrograde/scenarios/read/network/projections.hpp>

namespace retrograde {

// A network that goes in steps.
struct NetworkSteps {
  Time step = 0.0;  // ms
  StepRule rule;
};
struct IntegerNetwork;  // read/integers/integer_network.hpp

struct ScenarioNetwork {
  // Of projections that are dense, one synapse that stands for all pairs (Pairs).
  Network network;
  DenseProjections dense = {};
  std::optional<NetworkSteps> steps;  // none: continuous time
  std::vector<NeuronId> starts;       // inputs that fire once, at 0 ms, in every trial
  std::shared_ptr<const NetworkFile> network_file;  // of [network]; null: none
  std::shared_ptr<IntegerNetwork> integers;         // of that file; null: it has real values
  std::vector<std::string> warnings;
  Learning learning;
  std::vector<InlineInput> inputs;               // of all populations, without [[trial]]
  std::shared_ptr<const InitialValues> initial;  // null: neurons begin at rest
  std::vector<double> dropout;                   // per population; empty: none
};

// The populations and projections that a scenario speaks of, in the order of the network's.
struct NetworkParts {
  std::vector<ReadPopulation> populations;
  std::vector<ReadProjection> projections;
  DenseProjections dense = {};
  // Of a file, those that lead back to where spikes came from without a delay.
  std::vector<std::string> instant_returns;
};

// The tables under `key`, at most that many.
std::vector<TomlTable> few_tables(TomlTable& root, std::string_view key, std::size_t most);

// `root` is the whole file; its keys population and projection are read. `part`: of the synapses only
// those that reach the neurons of that rank are made, with the weights and delays that they have in the
// whole; null: all. Throws ScenarioError, also for a delay_share, which no part alone can choose.
ScenarioNetwork read_network(TomlTable& root, const NetworkContext& context,
                             const NeuronShares* part);

}  // namespace retrograde
