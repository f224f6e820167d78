// Which parameters of a network are learned, how fast, and within which bounds.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <retrograde/adjoint/train/runs.hpp>
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

// Whether a value is learned, and within which bounds.
struct ValueRange {
  bool learned = false;
  double lower = 0.0, upper = 0.0;
};

// One entry per parameter in the layout of Network::parameters(), in runs: whole projections and
// populations are mostly learned alike, and bounds take no memory worth speaking of then.
struct Learning {
  Runs<char> learned;                 // 0: fixed
  Runs<double> lower, upper;          // values are projected into [lower, upper] after every step
  std::vector<LearningGroup> groups;  // disjoint

  // Nothing learned; bounds that keep every kind in its range (learned_above of the table).
  static Learning none(const Network& network);
  std::size_t size() const { return learned.size(); }
  ValueRange operator[](std::size_t k) const { return {learned[k] != 0, lower[k], upper[k]}; }
  // How many are learned.
  std::size_t count() const { return count(0, size()); }
  std::size_t count(std::size_t begin, std::size_t end) const {
    return end - begin - learned.count(begin, end, 0);
  }
  bool any() const { return count() > 0; }
  bool any(const ParameterLayout& layout, ParameterKind kind) const;
  // Calls action(begin, end, ValueRange) for the parts of [begin, end) that are learned alike,
  // ascending.
  template <typename Action>
  void for_each_alike(std::size_t begin, std::size_t end, const Action& action) const;
};

template <typename Action>
void Learning::for_each_alike(std::size_t begin, std::size_t end, const Action& action) const {
  std::size_t flag = learned.run_of(begin), low = lower.run_of(begin), high = upper.run_of(begin);
  while (begin < end) {
    const std::size_t next =
        std::min({end, learned.end_of(flag), lower.end_of(low), upper.end_of(high)});
    action(begin, next,
           ValueRange{learned.value_of(flag) != 0, lower.value_of(low), upper.value_of(high)});
    flag += learned.end_of(flag) == next;
    low += lower.end_of(low) == next;
    high += upper.end_of(high) == next;
    begin = next;
  }
}

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
