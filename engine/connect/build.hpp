// A network in one call: its populations, and its projections by name and by rule.
//
//   const Network net = build({
//       .populations = {{.name = "in", .model = Model::input, .size = 100},
//                       {.name = "h", .size = 50, .tau_mem = {20.0}}},
//       .projections = {{.from = "in", .to = "h", .weight = Distribution::normal(0.1, 0.05), .delay = 1.0},
//                       {.from = "h", .to = "h", .connect = fixed_indegree(5), .weight = -0.2, .delay = 2.0}},
//       .seed = 1});
//
// Words and meanings are those of [[population]] and [[projection]] in a scenario (docs/scenario.md), and
// so are the numbers: the same rules and values with the same seed draw the same bits. Times are in ms,
// weights in units of V. What cannot be is a NetworkError that names the projection and says what to do.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <retrograde/engine/connect/connectivity.hpp>
#include <retrograde/engine/connect/distribution.hpp>
#include <retrograde/engine/network/network.hpp>

namespace retrograde {

// --- who meets whom, each in time and memory of its synapses ---

struct AutapseOption {
  bool allow_autapses = true;  // whether a neuron may meet itself; of one population only
};
struct PairOptions {
  bool allow_autapses = true;
  bool allow_multapses = false;  // whether a pair may have several synapses
};

// Every source with every target; a matrix of weights leaves out the pairs whose weight is not a number.
Connectivity all_to_all(AutapseOption option = {});
// Neuron k with neuron k, of populations of equal size.
Connectivity one_to_one();
// Each pair with that probability, independently.
Connectivity pairwise_bernoulli(double density, AutapseOption option = {});
// So many sources for each target, targets for each source, or synapses in all, drawn evenly.
Connectivity fixed_indegree(std::uint32_t indegree, PairOptions options = {});
Connectivity fixed_outdegree(std::uint32_t outdegree, PairOptions options = {});
Connectivity fixed_total_number(std::uint64_t total, PairOptions options = {});
// Synapse k from sources[k] to targets[k], counted within their populations.
Connectivity synapse_list(std::vector<std::uint32_t> sources, std::vector<std::uint32_t> targets,
                          PairOptions options = {});

// --- with which weights and delays ---

// One number for all; a list with one for each synapse: of all_to_all a matrix, row after row, a row for
// each target and a column for each source, of one_to_one and synapse_list in their order; a
// distribution, whose draws that know no ends are moved into the range of the parameter; a function of
// source and target, which many threads call, in any order and repeatedly, and whose weight, under all_to_all
// and one_to_one, may be nan where there is no synapse.
class ValueSpec {
 public:
  using Function = SynapseValues::Function;
  using Value = std::variant<std::monostate, double, std::vector<double>, Distribution, Function>;

  ValueSpec() = default;  // nothing is given
  template <typename Number>
  requires std::is_arithmetic_v<Number> ValueSpec(Number value)
      : value_(static_cast<double>(value)) {}
  ValueSpec(std::initializer_list<double> values) : value_(std::vector<double>(values)) {}
  ValueSpec(std::vector<double> values) : value_(std::move(values)) {}
  ValueSpec(Distribution distribution) : value_(distribution) {}
  template <typename Callable>
  requires std::is_invocable_r_v<double, const Callable&, std::uint32_t, std::uint32_t> ValueSpec(
      Callable function)
      : value_(Function(std::move(function))) {}

  const Value& value() const { return value_; }

 private:
  Value value_;
};

// --- the network ---

struct ProjectionSpec {
  std::string from = {}, to = {};  // populations
  Connectivity connect = all_to_all();
  ValueSpec weight = {};  // has to be given
  ValueSpec delay = 0.0;
  unsigned receptor = 1;  // of the target, counted from 1
  std::string name = {};  // "from->to" unless it has another
};

struct NetworkSpec {
  std::vector<PopulationSpec> populations;
  std::vector<ProjectionSpec> projections = {};
  std::uint64_t seed = 1;  // of all that is drawn
};

// O(neurons + synapses) and a sort of each source's synapses where they come in another order; all to all
// looks at every pair. Throws NetworkError; LimitError for more than 2^32 synapses.
Network build(const NetworkSpec& spec);

}  // namespace retrograde
