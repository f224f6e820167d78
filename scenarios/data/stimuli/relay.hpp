// Spikes of another input population, passed on: each with a probability, later by a delay, and moved
// by a normal offset. A population of one neuron is passed on to all neurons of this one, each of
// which keeps and moves spikes on its own; else neuron n passes neuron n on. What leaves the trial by
// delay or jitter is left out.
//
// Thinned copies of one Poisson neuron of rate r are Poisson neurons of rate probability * r whose
// pairs share that part of their spikes: the multiple interaction process (Kuhn, Aertsen, Rotter, Neural
// Computation 15, 67, 2003).
#pragma once

#include <cstdint>
#include <memory>

#include <retrograde/scenarios/data/stimuli/stimulus.hpp>

namespace retrograde {

struct RelaySpec {
  std::uint32_t size = 0;
  std::uint32_t source = 0;       // position of that population among all
  std::uint32_t source_size = 0;  // 1, or as many as here
  double probability = 1.0;
  PerNeuron delay = {};  // ms, 0 or above
  Time jitter = 0;       // standard deviation
};
std::shared_ptr<const Stimulus> make_stimulus(RelaySpec spec);

}  // namespace retrograde
