// Poisson spikes: each neuron fires on its own, without memory, at a rate that is constant between
// given times. Exact: a spike comes where the integral of the rate has grown by an exponential number
// with mean 1 since the one before.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <retrograde/scenarios/data/stimuli/stimulus.hpp>

namespace retrograde {

struct RatePiece {
  Time from = 0;   // ms; until the next piece
  PerNeuron rate;  // 1/ms
};

struct PoissonSpec {
  std::uint32_t size = 0;         // neurons
  std::vector<RatePiece> pieces;  // ascending; before the first the rate is 0
  Time start = 0, stop = never;   // spikes come in [start, stop)
};
std::shared_ptr<const Stimulus> make_stimulus(PoissonSpec spec);

}  // namespace retrograde
