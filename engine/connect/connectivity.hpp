// Which pairs of neurons of a projection have a synapse, before any is made: NEST's rules by NEST's
// names, a list, or a matrix of weights with nan where there is none. With values beside it
// (synapse_values.hpp) it becomes a list of synapses (here) or a rule (rules.hpp).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/engine/connect/grid.hpp>
#include <retrograde/engine/connect/synapse_values.hpp>
#include <retrograde/engine/distributed/neuron_shares.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/events/random.hpp>

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

// Synapses one by one; neurons are counted within their populations.
struct SynapseList {
  std::vector<std::uint32_t> sources, targets;
  std::vector<double> weights, delays;  // empty: the list does not say them
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

// Projections of more pairs than that follow a rule, which makes no list.
inline constexpr std::uint64_t most_listed = 100'000'000;

// What all rules have beside their connectivity.
struct RuleSpec {
  NeuronRange wanted;  // targets
  SynapseValues weights, delays;
  std::uint64_t seed;
  std::string purpose;  // of its random numbers
};

// What random numbers of a projection are drawn for: which pairs, and their values.
inline std::string purpose_of_pairs(const std::string& projection) {
  return "density/" + projection;
}
inline std::string purpose_of(ParameterKind kind, const std::string& projection) {
  return std::string(name(kind)) + '/' + projection;
}

// The synapses that reach `wanted` targets, target after target, of a connectivity whose pairs can all be
// looked at: all to all, also with a density, or one to one. Every pair draws all its numbers, used or
// not: a weight does not depend on which other synapses exist. `count` becomes the number of synapses,
// wanted or not; more than `most` are a LimitError.
std::vector<SynapseSpec> list_synapses(const ProjectionEnds& ends, const Connectivity& connectivity,
                                       NeuronRange wanted, SynapseValues weights,
                                       SynapseValues delays, Random chance, std::uint64_t most,
                                       std::uint64_t& count);

}  // namespace retrograde
