// The synapses of a projection as a rule, so that they need not be listed before they are made: a
// list takes as much memory as the network. A rule goes by source, by target or by synapse, as it
// likes: it says which pairs of neurons it joins, piece by piece, and the builder goes through the
// pieces twice, once to count the synapses of each source and once to put them there.
#pragma once

#include <cstdint>
#include <functional>

namespace retrograde {

// One synapse as its rule meets it; neurons are counted within their populations.
struct RuleSynapse {
  std::uint32_t source, target;
  std::uint64_t number;  // by which the rule knows it again
};

// Pieces are asked for in any order, by several threads and twice, and values of synapses in any
// order; each has to be a function of the piece or the synapse alone, so that any part of a network can
// be made anywhere.
struct SynapseRule {
  std::uint32_t pieces = 0;
  // Calls `meet` for each synapse of a piece.
  std::function<void(std::uint32_t piece, const std::function<void(const RuleSynapse&)>& meet)>
      visit;
  std::function<void(const RuleSynapse& synapse, double& weight, double& delay)> values;
  bool multapses = false;  // whether two synapses may join the same pair
};

}  // namespace retrograde
