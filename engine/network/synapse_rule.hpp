// The synapses of a projection as a rule, so that they need not be listed before they are made: a
// list takes as much memory as the network.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

namespace retrograde {

// One synapse of a row, that is of one source of a projection.
struct RowSynapse {
  std::uint32_t target;
  double weight;
  double delay;
};

// The synapses of a projection as a rule: each source says how many it has, and which. Rows are
// asked for in any order, by several threads and several times; each has to be a function of its
// source alone, so that any part of a network can be made anywhere.
struct SynapseRule {
  std::function<std::uint32_t(std::uint32_t source)> size;
  // Fills `row`, of that size, in any order of targets.
  std::function<void(std::uint32_t source, std::span<RowSynapse> row)> draw;
};

}  // namespace retrograde
