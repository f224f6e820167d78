// How close the spikes and silences of trials are to being something else, by layer
// (engine/margin/trial_margins.hpp), and which are the closest.
//
// Of V as shares of the way from v_reset to the threshold, of times in ms.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/tape.hpp>

namespace retrograde {

// A distribution by decades.
struct Distances {
  // within[k] are at most limits[k].
  static constexpr std::array<double, 7> limits = {1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1.0};

  std::uint64_t count = 0;
  double least = never;
  std::array<std::uint64_t, limits.size()> within{};

  void add(double distance);
  void add(const Distances& others);
  double share_within(std::size_t limit) const;
};

enum class Closeness : std::uint8_t {
  crossing,  // V would have risen no further above the threshold
  silence,   // V came so close from below
  order,     // the nearest arrival at a neuron that fires
};
inline constexpr std::size_t closeness_count = 3;

struct LayerDistances {
  std::string layer;
  std::array<Distances, closeness_count> of;  // by Closeness
};

struct CloseCall {
  Closeness kind = Closeness::crossing;
  double distance = 0.0;
  std::string neuron;
  std::size_t trial = 0;
  double time = 0.0;
};

struct TrialDistances {
  std::vector<LayerDistances> layers;  // those that fire
  std::vector<CloseCall> calls;        // of each kind the closest, ascending

  static constexpr std::size_t most_calls = 5;  // of a kind
  void add(const TrialDistances& others);
};

// Of the trial with that index. O(deliveries log).
TrialDistances distances_of(const Network& network, const Tape& tape, std::size_t trial);

}  // namespace retrograde
