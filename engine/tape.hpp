// What a run leaves for the backward pass: its spikes, in the order in which they happened, each
// with the slopes of V on both sides. For cuba_lif nothing else of the trajectory is kept, so a
// tape is O(spikes); other models also keep the states at their events.
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/events/ids.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

struct TapeSpike {
  Time time;
  double slope;  // of V - threshold when it reaches 0 (1/ms), without cancellation; 0 for inputs
  double released_slope;  // dV/dt when V is let go t_ref later; 0 if the run ends before, and for
                          // models that keep their trajectory
  NeuronId neuron;
};

struct Tape {
  Time duration = 0;
  std::vector<TapeSpike> spikes;  // input spikes included
  // Integral over the run of e^(-t/tau_weight) V(t) dt (ms) per neuron, where the run was asked for
  // it; else empty.
  std::vector<double> voltage_integrals;
  // Per neuron of a model that keeps its trajectory, one state after the other: after every
  // arrival, before and after every spike, at every release from t_ref > 0. Empty for the others.
  std::vector<std::vector<double>> trajectories;
  std::uint64_t deliveries = 0;  // spikes that arrived over a synapse before the end
};

}  // namespace retrograde
