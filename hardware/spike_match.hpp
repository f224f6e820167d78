// Two runs as spike trains in continuous time, spike by spike: which have a partner on the other
// side, how far apart the partners are, and the first that has none. Nothing here knows where the
// spikes come from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <retrograde/events/time.hpp>

namespace retrograde {

struct SpikeTrains {
  struct Population {
    std::string name;
    // By neuron, ascending (ms); none: not recorded.
    std::vector<std::optional<std::vector<Time>>> neurons;
  };
  std::vector<Population> populations;
};

struct MatchedPopulation {
  std::string name;
  std::uint32_t neurons = 0;  // recorded on both sides
  std::uint64_t spikes_a = 0, spikes_b = 0, matched = 0;
  // B minus A over the matched spikes (ms): mean, root mean square, largest magnitude.
  double mean = 0.0, deviation = 0.0, largest = 0.0;
};

struct UnmatchedSpike {
  std::uint32_t population = 0, neuron = 0;  // index in SpikeMatch::populations
  Time time = 0.0;
  bool on_a = false;                 // else on B
  std::optional<Time> nearest = {};  // spike of the other side's same neuron
};

struct SpikeMatch {
  Time tolerance = 0.0;
  std::vector<MatchedPopulation> populations;  // of A that B has too
  std::vector<std::string> only_a, only_b;     // populations
  // The earliest; of equal times the one of the first population and neuron.
  std::optional<UnmatchedSpike> first;
};

// The spikes of one neuron on both sides, ascending: those that are partners, A first, and those
// that have none.
struct Partners {
  std::vector<std::pair<Time, Time>> pairs;
  std::vector<Time> alone_a, alone_b;
};

// Spikes are partners when they are at most `tolerance` (ms) apart, each with the first that is
// free: as many pairs as there can be. O(spikes).
Partners partners(const std::vector<Time>& a, const std::vector<Time>& b, Time tolerance);

// All neurons that both sides recorded. `only`: the populations to compare; empty: all. Throws
// NetworkError where no neuron is recorded on both sides. O(spikes).
SpikeMatch match(const SpikeTrains& a, const SpikeTrains& b, Time tolerance,
                 const std::vector<std::string>& only = {});

}  // namespace retrograde
