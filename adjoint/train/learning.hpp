// Which parameters of a network are learned, how fast, and within which bounds.
#pragma once

#include <array>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/parameters.hpp>

namespace retrograde {

// One entry per parameter in the layout of Network::parameters().
struct Learning {
  std::vector<char> learned;         // 0: fixed
  std::vector<double> lower, upper;  // values are projected into [lower, upper] after every step

  // Nothing learned; bounds that keep every kind in its range (learned_above of the table).
  static Learning none(const Network& network);
  bool any() const;
  bool any(const ParameterLayout& layout, ParameterKind kind) const;
};

// The same with a floor under learned delays that could otherwise vanish together around a cycle,
// which no network may have: the value that they have now, at most shortest_cycle_delay. Others
// keep their bounds. O(neurons + synapses).
Learning with_open_cycles(Learning learning, const Network& network);
inline constexpr double shortest_cycle_delay = 0.1;  // ms

}  // namespace retrograde
