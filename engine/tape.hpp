// What a run leaves for the backward pass: its spikes, in the order in which they happened, each
// with the synaptic current when V reached the threshold and when it was let go. The currents give
// the slopes of V on both sides of the spike without cancellation; nothing else of the trajectory
// is kept, so a tape is O(spikes).
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/events/ids.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

struct TapeSpike {
  Time time;
  double current;           // I at the spike; 0 for inputs
  double released_current;  // I when V is released after t_ref; equal to current without refractory
                            // period
  NeuronId neuron;
};

struct Tape {
  Time duration = 0;
  std::vector<TapeSpike> spikes;  // input spikes included
  // Integral over the run of e^(-t/tau_weight) V(t) dt (ms) per neuron, where the run was asked for
  // it; else empty.
  std::vector<double> voltage_integrals;
  std::uint64_t deliveries = 0;  // spikes that arrived over a synapse before the end
};

}  // namespace retrograde
