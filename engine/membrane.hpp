// One neuron during a run: its state at the last event that touched it, and how the state gets to a
// later time. While refractory, V is held at v_reset and I goes on.
#pragma once

#include <retrograde/engine/neuron/crossing.hpp>
#include <retrograde/engine/neuron/cuba_lif.hpp>
#include <retrograde/engine/neuron/exponential.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

struct Membrane {
  MembraneState state;
  Time time = 0.0;     // of `state`
  Time release = 0.0;  // V is held until then

  // State at `to` >= time, without touching the membrane.
  MembraneState at(const CubaLif& neuron, Time to) const {
    if (time >= release) return neuron.flow(state, to - time);
    if (to <= release) return {state.v, state.i * std::exp(-neuron.rate_syn * (to - time))};
    const MembraneState released{state.v, state.i * std::exp(-neuron.rate_syn * (release - time))};
    return neuron.flow(released, to - release);
  }

  // Integral from `time` to `to` of e^(-rate t) V(t) dt, t counted from the start of the trial.
  double integral(const CubaLif& neuron, Time to, double rate) const {
    double sum = 0.0;
    MembraneState x = state;
    Time from = time;
    if (from < release) {
      const Time held = std::fmin(release, to);
      sum += std::exp(-rate * from) * x.v * exp_difference(held - from, 0.0, -rate);
      x.i *= std::exp(-neuron.rate_syn * (held - from));
      from = held;
    }
    if (from < to) {
      const Time s = to - from;
      const double mem = -neuron.rate_mem - rate, syn = -neuron.rate_syn - rate;
      sum += std::exp(-rate * from) * (neuron.bias * exp_difference(s, 0.0, -rate) +
                                       (x.v - neuron.bias) * exp_difference(s, 0.0, mem) +
                                       x.i * neuron.rate_mem * exp_difference(s, 0.0, mem, syn));
    }
    return sum;
  }

  // When the neuron fires if nothing more arrives before `end`; never if it does not.
  Time next_spike(const CubaLif& neuron, Time end) const noexcept {
    const Time from = std::fmax(time, release);
    if (from >= end || neuron.v_threshold == never) return never;
    const MembraneState x = from == time ? state : at(neuron, from);
    if (cannot_spike(neuron, x)) return never;
    const Time spike = from + next_crossing(neuron, x, end - from);
    return spike < end ? spike : never;
  }
};

}  // namespace retrograde
