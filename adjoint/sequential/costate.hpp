// One neuron on its way back: its costate at the last event that was reversed, and where it stands
// between its spikes. The mirror of engine/sequential/membrane.hpp.
#pragma once

#include <cmath>
#include <memory>
#include <vector>

#include <retrograde/adjoint/neuron/model.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/tape.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

struct NeuronCostate {
  const AdjointDynamics* dynamics = nullptr;  // null for inputs
  double* p = nullptr;                        // its costate, at `time`
  std::uint32_t index = 0;                    // within the population of `dynamics`
  std::size_t state_size = 0;                 // 0: no trajectory
  std::size_t kept = 0;                       // states of the trajectory not yet met
  Time time = 0.0;
  Time t_ref = 0.0;
  SpikeId last = static_cast<SpikeId>(-1);  // its latest spike that has not been reversed yet
  Time release = 0.0;                       // when V was let go after that spike
  bool released = false;  // that release has been reversed (or lies beyond the end): V is held
  double message = 0.0;   // what the release sends to the spike
  Time fired = never;     // its spike that was reversed last
};

// Every neuron at the end of the tape; `costates` holds their costates, `dynamics` (per population)
// what they follow.
inline std::vector<NeuronCostate> start_costates(
    const Network& network, const Tape& tape,
    const std::vector<std::unique_ptr<AdjointDynamics>>& dynamics, std::vector<double>& costates) {
  std::size_t size = 0;
  for (std::uint32_t p = 0; p < network.populations().size(); ++p)
    if (dynamics[p]) size += dynamics[p]->costate_size() * network.populations()[p].size;
  costates.assign(size, 0.0);
  std::vector<NeuronCostate> neurons(network.neuron_count());
  double* costate = costates.data();
  for (std::uint32_t p = 0; p < network.populations().size(); ++p) {
    const Population& population = network.populations()[p];
    const Dynamics* forward = network.dynamics(p);
    for (std::uint32_t k = 0; k < population.size; ++k) {
      NeuronCostate& n = neurons[population.first + k];
      n.time = tape.duration;
      if (!forward) continue;
      n.dynamics = dynamics[p].get();
      n.p = costate;
      costate += n.dynamics->costate_size();
      n.index = k;
      n.t_ref = forward->t_ref(k);
      if (!forward->keeps_trajectory()) continue;
      n.state_size = forward->state_size();
      n.kept = tape.trajectories[population.first + k].size() / n.state_size;
    }
  }
  return neurons;
}

// A number that is not finite stays in p_i, which is never reset, or is met at a spike.
inline void require_finite(NeuronId id, Time time, double costate) {
  if (std::isfinite(costate)) return;
  throw NumericalError(id, time,
                       "the gradient is not finite: it outgrows doubles on its way back through "
                       "many spikes, or the loss is not finite; shorten the trial, weaken the "
                       "recurrent weights, or scale the loss");
}

}  // namespace retrograde
