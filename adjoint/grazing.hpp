// Grazing: V touches the threshold with next to no slope. The gradient divides by the slope dV/dt
// at a spike, so that one such spike can own the gradient of a whole batch, and where the slope is
// 0 the gradient does not exist. Three policies, which act in the backward pass at a spike:
//
//   keep   divide by the slope as it is; slope 0 is an error
//   clip   divide by slope_min where the slope is smaller: no longer the exact gradient
//   error  a slope below slope_min is an error
//
// Under each of them spikes below slope_min are counted (docs/mathematics.md, section 5).
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/tape.hpp>
#include <retrograde/events/ids.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

enum class GrazingPolicy : std::uint8_t { keep, clip, error };

struct GrazingOptions {
  GrazingPolicy policy = GrazingPolicy::keep;
  double slope_min = 1e-3;  // of V, in its unit per ms; above 0
};

// Where the gradient is ill-conditioned or one-sided, summed over spikes, trials and batches.
struct GrazingCounts {
  std::uint64_t grazing = 0;     // spikes with a slope below slope_min
  std::uint64_t spike_ties = 0;  // spikes at the instant at which another neuron fires; inputs that
                                 // coincide only with each other do not count
  std::uint64_t arrival_ties = 0;  // arrivals at the instant at which their target fires
  // dV/dt at a spike, 1/ms
  double smallest_slope = std::numeric_limits<double>::infinity();

  GrazingCounts& operator+=(const GrazingCounts& other) {
    grazing += other.grazing;
    spike_ties += other.spike_ties;
    arrival_ties += other.arrival_ties;
    smallest_slope = std::fmin(smallest_slope, other.smallest_slope);
    return *this;
  }
};

[[noreturn]] void throw_grazing(const GrazingOptions& options, NeuronId neuron, Time time,
                                double slope);

// What the gradient divides by at a spike of `neuron` at `time` where V has this slope (1/ms).
// Throws NumericalError with neuron, time, slope and remedy.
inline double slope_for_gradient(const GrazingOptions& options, NeuronId neuron, Time time,
                                 double slope, GrazingCounts& counts) {
  counts.smallest_slope = std::fmin(counts.smallest_slope, slope);
  if (slope >= options.slope_min) return slope;
  ++counts.grazing;
  if (options.policy == GrazingPolicy::clip && slope == slope) return options.slope_min;
  if (options.policy == GrazingPolicy::error || !(slope > 0.0))
    throw_grazing(options, neuron, time, slope);
  return slope;
}

// GrazingCounts::spike_ties of one run. O(spikes).
std::uint64_t count_spike_ties(const Network& network, const Tape& tape);

}  // namespace retrograde
