// Which parameters of a network are learned, how fast, and within which bounds.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/parameters.hpp>

namespace retrograde {

// Parameters of one kind, of a population or a projection, that are learned in a way of their own:
// [begin, end) of the layout. What is absent is that of the kind (AdamSpec).
struct LearningGroup {
  std::size_t begin = 0, end = 0;
  std::optional<double> rate = {}, decay = {}, l1 = {};
  // At most so many keep a value above their lower bound after a step, the largest (of equal ones
  // the first); the others are put on it.
  std::optional<std::size_t> most = {};
};

// One entry per parameter in the layout of Network::parameters().
struct Learning {
  std::vector<char> learned;          // 0: fixed
  std::vector<double> lower, upper;   // values are projected into [lower, upper] after every step
  std::vector<LearningGroup> groups;  // disjoint

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

// Puts what exceeds `most` of each group on its lower bound. O(values of these groups).
void keep_largest(const Learning& learning, std::vector<double>& values);

// The delays of projections and populations of which any is learned or could have been, and how many
// of them rest on their lower bound, which is 0 unless somebody wants another.
struct DelayCount {
  std::uint64_t all = 0, resting = 0;
};
DelayCount count_delays(const Learning& learning, const Network& network);

}  // namespace retrograde
