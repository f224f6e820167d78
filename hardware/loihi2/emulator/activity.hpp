// What an emulated network did: its messages, and how far its registers were used.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

#include <retrograde/events/ids.hpp>

namespace retrograde::loihi2 {

// A message. Ordered by (step, neuron); a neuron sends at most one a step.
struct ChipSpike {
  std::uint32_t step;
  NeuronId neuron;
  std::int32_t payload = 1;  // not 0; 1 for spikes without one

  friend auto operator<=>(const ChipSpike&, const ChipSpike&) = default;
};

// Smallest and largest value that a register held; min > max: none.
struct Extent {
  std::int64_t min = std::numeric_limits<std::int64_t>::max();
  std::int64_t max = std::numeric_limits<std::int64_t>::min();

  bool empty() const { return min > max; }
  void include(std::int64_t value) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  void include(const Extent& other) {
    if (other.min < min) min = other.min;
    if (other.max > max) max = other.max;
  }
  friend bool operator==(const Extent&, const Extent&) = default;
};

struct PopulationActivity {
  std::uint64_t spikes = 0;
  // Synaptic input of a step (port 0); u after wrapping; v after saturation and before a reset. For
  // other models u and v are what a trace shows as such.
  Extent a, u, v;
  std::uint64_t u_wraps = 0;
  std::uint64_t v_saturations = 0;
  std::uint64_t a_overflows = 0;  // inputs beyond 16 bits

  friend bool operator==(const PopulationActivity&, const PopulationActivity&) = default;
};

}  // namespace retrograde::loihi2
