// cuba_lif: current-based leaky integrate-and-fire neuron with exponential synapses.
//
//   tau_mem dV/dt = -V + bias + I          tau_syn dI/dt = -I          V(0) = I(0) = 0
//   a spike arrives over a synapse:        I += weight
//   V reaches v_threshold from below:      spike; V := v_reset for t_ref ms, I goes on
//
//   parameter    unit   default  range
//   tau_mem      ms     20       > 0
//   tau_syn      ms     5        > 0
//   v_threshold  1      1        > 0 and > v_reset
//   v_reset      1      0
//   bias         1      0        any; above v_threshold the neuron fires without input
//   t_ref        ms     0        >= 0, absolute refractory period
//
// cuba_li is the same neuron without a threshold: a readout. Both are this type; a readout has
// v_threshold = infinity. With a step receptor they are cuba_lif_step.hpp's, with several that decay
// or alpha synapses alif.hpp's.
//
// Between arrivals, with a = 1/tau_mem and b = 1/tau_syn, the solution is
//   V(s) = bias + (V0 - bias) e^(-a s) + I0 K(s)      I(s) = I0 e^(-b s)
//   K(s) = a (e^(-a s) - e^(-b s)) / (b - a)
// K is evaluated as a divided difference through expm1, so that equal time constants are an
// ordinary case. Source: Wunderlich & Pehle, Sci. Rep. 11:12829 (2021); next spike: crossing.hpp.
#pragma once

#include <cmath>
#include <limits>

#include <retrograde/engine/neuron/time_weight.hpp>
#include <retrograde/events/host_device.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

// V and I of one neuron at one instant.
struct MembraneState {
  double v = 0.0;
  double i = 0.0;
};

// How far V and I may be from the true ones, each. It follows the flow as they do; what a
// computation adds to it is derived in docs/mathematics.md, section 2.1.
struct Deviation {
  double v = 0.0;
  double i = 0.0;

  // For V at any later time, nothing arriving: V follows bias + I.
  RETROGRADE_HOST_DEVICE double most() const { return std::fmax(v, i); }
};

struct CubaLif {
  double tau_mem = 20.0, tau_syn = 5.0, v_threshold = 1.0, v_reset = 0.0, bias = 0.0, t_ref = 0.0;

  // Derived from the above by `derive`.
  double rate_mem = 0.0, rate_syn = 0.0;  // a, b: 1/tau
  double rate_slow = 0.0;                 // the smaller of the two
  double rate_gap = 0.0;                  // |b - a|
  double gain = 0.0;                      // a / |b - a|; 0 for equal time constants
  double peak = 0.0;                      // max over s of K(s)

  void derive() {
    rate_mem = 1.0 / tau_mem;
    rate_syn = 1.0 / tau_syn;
    rate_slow = std::fmin(rate_mem, rate_syn);
    rate_gap = std::fabs(rate_syn - rate_mem);
    gain = rate_gap > 0.0 ? rate_mem / rate_gap : 0.0;
    // K peaks where e^((b - a) s) = b / a. Far apart b - a no longer holds both, the ratio does.
    const double gap = rate_syn - rate_mem, ratio = tau_mem / tau_syn;
    const double at = rate_gap == 0.0              ? 1.0 / rate_mem
                      : ratio > 0.5 && ratio < 2.0 ? std::log1p(gap / rate_mem) / gap
                                                   : std::log(ratio) / gap;
    peak = propagator(at).kernel;
  }

  // What s ms do to the state: e^(-a s), e^(-b s), K(s).
  struct Propagator {
    double mem, syn, kernel;
  };
  RETROGRADE_HOST_DEVICE Propagator propagator(Time s) const {
    const double slow = std::exp(-rate_slow * s);
    if (rate_gap == 0.0) return {slow, slow, rate_mem * s * slow};
    const double e = std::expm1(-rate_gap * s);  // in (-1, 0]
    const double fast = slow * (1.0 + e);
    const double kernel = -gain * slow * e;
    return rate_mem < rate_syn ? Propagator{slow, fast, kernel} : Propagator{fast, slow, kernel};
  }

  RETROGRADE_HOST_DEVICE MembraneState flow(const MembraneState& x, Time s) const {
    const Propagator p = propagator(s);
    return {bias + (x.v - bias) * p.mem + x.i * p.kernel, x.i * p.syn};
  }

  // What becomes of a deviation in s ms, without what flow(x, s) rounds and with it.
  static void flow(Deviation& d, const Propagator& p) {
    d.v = d.v * p.mem + d.i * p.kernel;
    d.i *= p.syn;
  }
  void flow_rounded(Deviation& d, const MembraneState& x, Time s, const Propagator& p) const {
    constexpr double u = 0x1p-53;
    const double of_i = std::fabs(x.i) * p.kernel * (2.0 + rate_slow * s);
    flow(d, p);
    d.v += 12.0 * u * (std::fabs(x.v) + 2.0 * std::fabs(bias) + of_i);
    d.i += 8.0 * u * std::fabs(x.i);
  }

  // What a short flow adds to either at most, s <= 1/4 of the time constants: there
  // K(s) (2 + r s) < 1.
  RETROGRADE_HOST_DEVICE double rounding_of_short_flow(const MembraneState& x) const {
    return 25.0 * 0x1p-53 * (std::fabs(x.v) + std::fabs(x.i) + std::fabs(bias));
  }

  // Integral of V over s ms under the weight of that stretch.
  double integral(const MembraneState& x, Time s, const WeightStretch<double>& weight) const;

  RETROGRADE_HOST_DEVICE double fastest_rate() const { return std::fmax(rate_mem, rate_syn); }

  // dV/dt in state x.
  RETROGRADE_HOST_DEVICE double slope(const MembraneState& x) const {
    return rate_mem * (bias - x.v + x.i);
  }
};

}  // namespace retrograde
