// What a run leaves for the backward pass: its spikes, in the order in which they happened, each
// with the slopes of V on both sides. For cuba_lif nothing else of the trajectory is kept, so a
// tape is O(spikes); other models also keep the states at their events.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <retrograde/engine/trial/initial_state.hpp>
#include <retrograde/events/ids.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

struct TapeSpike {
  Time time;
  double slope;  // of V - threshold when it reaches 0 (1/ms), without cancellation; 0 for inputs
  double released_slope;  // dV/dt when V is let go t_ref later; 0 if the run ends before, and for
                          // models that keep their trajectory
  NeuronId neuron;
  bool muted = false;  // it reached nobody (Trial::muted, a timeline)
};

struct Timeline;  // timeline.hpp

// The largest V of a neuron without a threshold in [0, duration], the first of equal ones.
struct VoltageMaximum {
  static constexpr auto nobody = static_cast<SpikeId>(-1);

  double v = 0.0;
  Time time = 0.0;  // where the initial V is the first candidate
  // If V rises until an arrival and falls after it, the spike that arrived, the synapse, and dV/dt
  // just before (1/ms); else nobody.
  SpikeId spike = nobody;
  SynapseId synapse = 0;
  double slope = 0.0;
  std::uint32_t arrivals = 0;  // at the neuron before the maximum
};

// A neuron without a threshold just after an arrival.
struct TracePoint {
  Time time;
  NeuronId neuron;
  std::size_t state;  // where its state begins in Tape::trace_states
};

struct Tape {
  Time duration = 0;
  // Those of the trial.
  std::shared_ptr<const InitialState> initial;
  std::shared_ptr<const Timeline> timeline;
  std::vector<TapeSpike> spikes;  // input spikes included
  std::vector<double> payloads;   // one per spike, if the trial is graded; else empty: all are 1
  // Per neuron, where the readout asks for it; else empty: the integral over the run of
  // weighting(t) V(t) dt (ms), and the maximum of V.
  std::vector<double> voltage_integrals;
  std::vector<VoltageMaximum> voltage_maxima;
  // Of the readout's population in order of time, where it asks for it; else empty.
  std::vector<TracePoint> trace;
  std::vector<double> trace_states;
  // Per neuron of a model that keeps its trajectory, one state after the other: after every
  // arrival, before and after every spike, at every release from t_ref > 0. Empty for the others.
  std::vector<std::vector<double>> trajectories;
  std::uint64_t deliveries = 0;  // spikes that arrived over a synapse before the end

  double payload(SpikeId k) const { return payloads.empty() ? 1.0 : payloads[k]; }
};

}  // namespace retrograde
