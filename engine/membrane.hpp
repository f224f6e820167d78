// One neuron during a run: its state at the last event that touched it, and how the state gets to a
// later time. While refractory, V is held at v_reset and I goes on.
#pragma once

#include <retrograde/engine/neuron/crossing.hpp>
#include <retrograde/engine/neuron/cuba_lif.hpp>
#include <retrograde/engine/neuron/exponential.hpp>
#include <retrograde/engine/quadrature.hpp>
#include <retrograde/engine/time_weight.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

// Integral over h ms from `x` of V under the weight of a stretch.
inline double voltage_integral(const CubaLif& n, const MembraneState& x, Time h,
                               const TimeWeight::Stretch& w) {
  const double mem = -n.rate_mem - w.rate, syn = -n.rate_syn - w.rate;
  double sum = w.level * (n.bias * exp_difference(h, 0.0, -w.rate) +
                          (x.v - n.bias) * exp_difference(h, 0.0, mem) +
                          x.i * n.rate_mem * exp_difference(h, 0.0, mem, syn));
  if (w.fall != 0.0)
    sum += w.fall * (n.bias * exp_difference(h, 0.0, 0.0, -w.rate) +
                     (x.v - n.bias) * exp_difference(h, 0.0, 0.0, mem) +
                     x.i * n.rate_mem * exp_difference(h, 0.0, 0.0, mem, syn));
  return sum;
}

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

  // Integral from `time` to `to` of weighting(t) V(t) dt, t counted from the start of the trial.
  double integral(const CubaLif& neuron, Time to, const TimeWeight& weighting,
                  Time duration) const {
    double sum = 0.0;
    MembraneState x = state;
    Time from = time;
    if (from < release) {
      const Time held = std::fmin(release, to);
      sum += x.v * weighting.integral(from, held, duration);
      x.i *= std::exp(-neuron.rate_syn * (held - from));
      from = held;
    }
    if (!(from < to)) return sum;
    if (weighting.has_closed_form())
      return sum + voltage_integral(neuron, x, to - from, weighting.stretch(from, to, duration));
    for_each_node(to - from, neuron.fastest_rate(), duration, [&](Time s, double w) {
      sum += w * weighting.at(from + s, duration) * neuron.flow(x, s).v;
    });
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
