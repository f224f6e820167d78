// One neuron during a run: its state at the last event that touched it, and how the state gets to a
// later time. While refractory, V is held.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/neuron/model.hpp>
#include <retrograde/engine/neuron/quadrature.hpp>
#include <retrograde/engine/neuron/time_weight.hpp>
#include <retrograde/engine/trial/initial_state.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

struct Membrane {
  const Dynamics* dynamics = nullptr;  // null for inputs
  double* x = nullptr;                 // its state, at `time`
  std::uint32_t index = 0;             // within the population of `dynamics`
  std::uint32_t state_size = 0;
  Time time = 0.0;
  Time release = 0.0;  // V is held until then
  Time late = 0.0;     // how far that may be off
  StateError error;    // of x

  bool held() const { return time < release; }

  // Takes the state to `to` >= time. `released` is called once with the membrane at its release, if
  // that lies within [time, to] and V was held.
  template <typename Released>
  void advance(Time to, const Released& released) {
    if (held()) {
      const Time until = std::fmin(release, to);
      dynamics->flow_held_rounded(index, x, until - time, error);
      time = until;
      if (to < release) return;
      dynamics->release_rounded(index, x, late, error);
      released(*this);
    }
    if (to > time) dynamics->flow_rounded(index, x, to - time, error);
    time = to;
  }

  // The state at `to` >= time, without touching the membrane.
  void at(Time to, std::vector<double>& y) const {
    y.assign(x, x + state_size);
    Membrane copy = *this;
    copy.x = y.data();
    copy.advance(to, [](const Membrane&) {});
  }

  // Integral from `time` to `to` of weighting(t) V(t) dt, t counted from the start of the trial.
  double integral(Time to, const TimeWeight& weighting, Time duration,
                  std::vector<double>& y) const {
    double sum = 0.0;
    Time from = time;
    if (from < release) {
      const Time until = std::fmin(release, to);
      sum += dynamics->voltage(index, x) * weighting.integral(from, until, duration);
      from = until;
    }
    if (!(from < to)) return sum;
    if (weighting.has_closed_form()) {
      at(from, y);
      return sum + dynamics->voltage_integral(index, y.data(), to - from,
                                              weighting.stretch(from, to, duration));
    }
    for_each_weighted_node(from, to - from, dynamics->fastest_rate(index), weighting, duration,
                           [&](Time s, double w, double weight) {
                             at(from + s, y);
                             sum += w * weight * dynamics->voltage(index, y.data());
                           });
    return sum;
  }

  // When the neuron fires if nothing more arrives before `end`; never if it does not.
  Crossing next_spike(Time end, std::vector<double>& y) const {
    const Time from = std::fmax(time, release);
    if (from >= end) return {};
    Crossing spike;
    if (from == time) {
      spike = dynamics->find_spike(index, x, end - from, error.most());
    } else {
      y.assign(x, x + state_size);
      Membrane then = *this;
      then.x = y.data();
      then.advance(from, [](const Membrane&) {});
      spike = dynamics->find_spike(index, then.x, end - from, then.error.most());
    }
    if (!spike.certain) return spike;
    spike.at += from;
    return spike.at < end ? spike : Crossing{};
  }
};

// Every neuron at its start, at rest where `initial` is null; `states` holds their states.
inline std::vector<Membrane> start_membranes(const Network& network, const InitialState* initial,
                                             std::vector<double>& states) {
  std::size_t size = 0;
  for (std::uint32_t p = 0; p < network.populations().size(); ++p)
    if (const Dynamics* dynamics = network.dynamics(p))
      size += dynamics->state_size() * network.populations()[p].size;
  states.resize(size);
  std::vector<Membrane> membranes(network.neuron_count());
  double* x = states.data();
  for (std::uint32_t p = 0; p < network.populations().size(); ++p) {
    const Dynamics* dynamics = network.dynamics(p);
    if (!dynamics) continue;
    const Population& population = network.populations()[p];
    for (std::uint32_t k = 0; k < population.size; ++k) {
      const auto state_size = static_cast<std::uint32_t>(dynamics->state_size());
      start_neuron(*dynamics, k, start_of(initial, population.first + k), x);
      membranes[population.first + k] = {dynamics, x, k, state_size, 0.0, 0.0, 0.0, {}};
      x += state_size;
    }
  }
  return membranes;
}

}  // namespace retrograde
