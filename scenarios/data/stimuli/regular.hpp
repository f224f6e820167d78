// Spikes at equal distances, and bursts of them.
//
//   spike k of a neuron          start + phase + k interval
//   burst j, its spike k         begin_j + k interval, k = 0 .. spikes - 1
//   begin_j of regular bursts    start + phase + j every
//   of Poisson ones              without memory, at a rate; bursts may overlap
//
// A phase is given, or drawn in each trial and for each neuron, uniform over one distance. With jitter
// every spike is moved by a normal offset of its own; what leaves [start, stop) by it is left out.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <retrograde/scenarios/data/stimuli/stimulus.hpp>

namespace retrograde {

struct RegularSpec {
  std::uint32_t size = 0;
  PerNeuron every;                 // ms, above 0
  std::optional<PerNeuron> phase;  // ms, 0 or above; none: drawn
  Time jitter = 0;                 // standard deviation
  Time start = 0, stop = never;
};
std::shared_ptr<const Stimulus> make_stimulus(RegularSpec spec);

struct BurstSpec {
  std::uint32_t size = 0;
  std::uint32_t spikes = 1;        // of a burst
  Time interval = 0;               // between them, above 0
  std::optional<PerNeuron> every;  // ms from the begin of one to that of the next; none: Poisson
  PerNeuron rate;                  // of these, 1/ms
  std::optional<PerNeuron> phase;  // of regular ones; none: drawn
  Time jitter = 0;
  Time start = 0, stop = never;
};
std::shared_ptr<const Stimulus> make_stimulus(BurstSpec spec);

}  // namespace retrograde
