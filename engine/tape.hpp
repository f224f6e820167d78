// What a run leaves for the backward pass: its spikes, in the order in which they happened, each
// with the synaptic current when V reached the threshold and when it was let go. The currents give
// the slopes of V on both sides of the spike without cancellation; nothing else of the trajectory
// is kept, so a tape is O(spikes).
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/engine/neuron/cuba_lif.hpp>
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

// The largest V of a neuron without a threshold in [0, duration], the first of equal ones.
struct VoltageMaximum {
  static constexpr auto nobody = static_cast<SpikeId>(-1);

  double v = 0.0;
  Time time = 0.0;  // where V = 0 is the first candidate
  // If V rises until an arrival and falls after it, the spike that arrived, the synapse, and dV/dt
  // just before (1/ms); else nobody.
  SpikeId spike = nobody;
  SynapseId synapse = 0;
  double slope = 0.0;
  std::uint32_t arrivals = 0;  // at the neuron before the maximum
};

// A readout neuron just after an arrival.
struct TracePoint {
  Time time;
  NeuronId neuron;
  MembraneState state;
};

struct Tape {
  Time duration = 0;
  std::vector<TapeSpike> spikes;  // input spikes included
  // Per neuron, where the readout asks for it; else empty: the integral over the run of
  // weighting(t) V(t) dt (ms), and the maximum of V.
  std::vector<double> voltage_integrals;
  std::vector<VoltageMaximum> voltage_maxima;
  std::vector<TracePoint> trace;  // in order of time, where the readout asks for it; else empty
  std::uint64_t deliveries = 0;   // spikes that arrived over a synapse before the end
};

}  // namespace retrograde
