// alif: leaky integrate-and-fire neuron with any receptors and an adaptive threshold.
//
//   tau_mem dV/dt = -V + bias + sum over receptors I_r          V(0) = I(0) = 0
//   exponential receptor:  tau_r dI/dt = -I                     arrival: I += weight
//   alpha receptor:        tau_r dI/dt = -I + H, tau_r dH/dt = -H       arrival: H += e weight
//   step receptor:         dI/dt = 0                            arrival: I += weight
//   tau_adapt dA/dt = -A                                        A(0) = 0
//   V reaches v_threshold + A from below: spike; V := v_reset for t_ref ms, A += adaptation; I, H
//   and A go on
//
// All step receptors of a neuron feed one held current, which adds to the bias: between arrivals V
// relaxes to their sum, rounded to a double, and everything below reads `drive` for bias.
//
//   parameter    unit   default  range
//   tau_mem      ms     20       > 0
//   tau_syn, tau_syn_2 .. _4     > 0, of the receptors; 5 ms
//   v_threshold  1      1        > 0 and > v_reset
//   v_reset      1      0
//   bias         1      0
//   t_ref        ms     0        >= 0
//   tau_adapt    ms     100      > 0
//   adaptation   1      0        >= 0, what a spike adds to the threshold
//
// With one exponential receptor and adaptation 0 it is cuba_lif (cuba_lif.hpp), which has code of
// its own because it is what most networks are made of; cuba_lif and cuba_li with several receptors
// are this neuron without adaptation.
//
// V and A are sums of exponentials, so the next spike is found by certified isolation
// (isolation.hpp). Adaptive threshold: Bellec et al., NeurIPS 2018. Alpha current: NEST,
// iaf_psc_alpha.
#pragma once

#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include <retrograde/engine/neuron/cuba_lif.hpp>
#include <retrograde/engine/neuron/dynamics_of.hpp>
#include <retrograde/engine/neuron/exponential.hpp>
#include <retrograde/engine/neuron/held_current.hpp>
#include <retrograde/engine/neuron/isolation.hpp>

namespace retrograde {

template <typename T>
struct Alif {
  static constexpr std::string_view model_name = "alif";
  static constexpr bool has_voltage = true, has_receptors = true, scales_in_amplitude = true;
  static constexpr std::array model_parameters = {
      ParameterKind::tau_mem,   ParameterKind::tau_syn,   ParameterKind::v_threshold,
      ParameterKind::v_reset,   ParameterKind::bias,      ParameterKind::t_ref,
      ParameterKind::tau_adapt, ParameterKind::adaptation};

  // x = V, A, then I of every exponential receptor, I and H of every alpha one, and last the held
  // current of step receptors, if there are any.
  struct Receptor {
    T rate;  // 1/tau
    bool alpha = false;
    std::size_t at = 0;  // of I in x
    // V driven by I = 1, or by H = 1, never gets higher than these.
    double peak = 1.0, alpha_peak = 1.0 / std::numbers::e;
  };
  static constexpr std::size_t max_state = 2 + 2 * max_receptors;

  T rate_mem, rate_adapt, v_threshold, v_reset, bias, adaptation;
  bool fires;
  std::array<Receptor, max_receptors> receptors{};       // those that decay
  std::size_t receptor_count = 0, states = 2, held = 0;  // held: place in x; 0: no step receptor
  std::array<SynapseShape, max_receptors> shapes{};      // of all receptors
  std::array<std::size_t, max_receptors> entrances{};    // the entry of x that an arrival changes
  std::size_t shape_count;

  explicit Alif(const NeuronValues<T>& values)
      : rate_mem(T(1.0) / values(ParameterKind::tau_mem)),
        rate_adapt(T(1.0) / values(ParameterKind::tau_adapt)),
        v_threshold(values(ParameterKind::v_threshold)),
        v_reset(values(ParameterKind::v_reset)),
        bias(values(ParameterKind::bias)),
        adaptation(values(ParameterKind::adaptation)),
        fires(values.fires),
        shape_count(values.receptors.size()) {
    for (std::size_t r = 0; r < shape_count; ++r) {
      shapes[r] = values.receptors[r];
      if (!decays(shapes[r])) continue;
      Receptor& c = receptors[receptor_count++];
      c.rate = T(1.0) / values(receptor_kinds[r]);
      c.alpha = shapes[r] == SynapseShape::alpha;
      c.at = states;
      entrances[r] = c.alpha ? c.at + 1 : c.at;
      states += c.alpha ? 2 : 1;
      if constexpr (std::is_same_v<T, double>) {
        CubaLif one;
        one.tau_mem = values(ParameterKind::tau_mem);
        one.tau_syn = values(receptor_kinds[r]);
        one.derive();
        c.peak = one.peak * (1.0 + 1e-14);
        // The peak of the current, or all its charge at once.
        c.alpha_peak = std::fmin(1.0 / std::numbers::e, rate_mem / c.rate) * (1.0 + 1e-14);
      }
    }
    if (receptor_count == shape_count) return;
    held = states;
    states += 2;
    for (std::size_t r = 0; r < shape_count; ++r)
      if (!decays(shapes[r])) entrances[r] = held;
  }

  std::size_t state_size() const { return states; }

  void start(T* x) const {
    for (std::size_t k = 0; k < states; ++k) x[k] = T(0.0);
  }

  // What V relaxes to when all else has decayed.
  T drive(const T* x) const { return held == 0 ? bias : bias + held_current(x + held); }

  void flow(T* x, const T& s) const {
    const T a = -rate_mem, to = drive(x);
    T v = to + (x[0] - to) * exp_difference(s, a);
    for (std::size_t r = 0; r < receptor_count; ++r) {
      const Receptor& c = receptors[r];
      v = v + rate_mem * x[c.at] * exp_difference(s, a, -c.rate);
      if (c.alpha) v = v + rate_mem * c.rate * x[c.at + 1] * exp_difference(s, a, -c.rate, -c.rate);
    }
    x[0] = v;
    flow_currents(x, s);
  }

  void flow_held(T* x, const T& s) const { flow_currents(x, s); }

  void receive(T* x, unsigned receptor, const T& weight) const {
    T* const target = x + entrances[receptor];
    if (!decays(shapes[receptor]))
      add_to_held(target, weight);
    else
      *target =
          *target + (shapes[receptor] == SynapseShape::alpha ? std::numbers::e * weight : weight);
  }

  void drift(const T* x, T* dx) const {
    drift_held(x, dx);
    dx[0] = rise(x);
  }

  void drift_held(const T* x, T* dx) const {
    dx[0] = T(0.0);
    dx[1] = -rate_adapt * x[1];
    for (std::size_t r = 0; r < receptor_count; ++r) {
      const Receptor& c = receptors[r];
      dx[c.at] = -c.rate * x[c.at];
      if (!c.alpha) continue;
      dx[c.at] = dx[c.at] + c.rate * x[c.at + 1];
      dx[c.at + 1] = -c.rate * x[c.at + 1];
    }
    if (held != 0) dx[held] = dx[held + 1] = T(0.0);
  }

  T gap(const T* x) const { return x[0] - v_threshold - x[1]; }
  // At the threshold V is v_threshold + A.
  T slope(const T* x) const {
    return rate_mem * (drive(x) - v_threshold - x[1] + decaying_current(x)) + rate_adapt * x[1];
  }
  T rise(const T* x) const { return rate_mem * (drive(x) - x[0] + decaying_current(x)); }

  void reset(T* x) const {
    x[0] = v_reset;
    x[1] = x[1] + adaptation;
  }

  T voltage(const T* x) const { return x[0]; }
  T current(const T* x) const {
    const T sum = decaying_current(x);
    return held == 0 ? sum : sum + held_current(x + held);
  }

  T receptor_current(const T* x, unsigned receptor) const {
    if (!decays(shapes[receptor])) return held_current(x + held);
    return x[entrances[receptor] - (shapes[receptor] == SynapseShape::alpha ? 1 : 0)];
  }
  T threshold(const T* x) const { return fires ? v_threshold + x[1] : T(never); }

  T voltage_integral(const T* x, const T& s, const WeightStretch<T>& weight) const {
    const T a = -rate_mem, to = drive(x);
    T sum = to * weight.of(s, 0.0) + (x[0] - to) * weight.of(s, a);
    for (std::size_t r = 0; r < receptor_count; ++r) {
      const Receptor& c = receptors[r];
      const T b = -c.rate;
      sum = sum + rate_mem * x[c.at] * weight.of(s, a, b);
      if (c.alpha) sum = sum + rate_mem * c.rate * x[c.at + 1] * weight.of(s, a, b, b);
    }
    return sum;
  }

  T fastest_rate() const {
    T fastest = rate_mem;
    for (std::size_t r = 0; r < receptor_count; ++r)
      if (receptors[r].rate > fastest) fastest = receptors[r].rate;
    return fastest;
  }

  // T = double only.
  Time next_spike(const T* x, Time horizon) const;
  VoltagePeak voltage_peak(const T* x, Time s) const;

 private:
  T decaying_current(const T* x) const {
    T sum(0.0);
    for (std::size_t r = 0; r < receptor_count; ++r) sum = sum + x[receptors[r].at];
    return sum;
  }

  void flow_currents(T* x, const T& s) const {
    x[1] = x[1] * exp_difference(s, -rate_adapt);
    for (std::size_t r = 0; r < receptor_count; ++r) {
      const Receptor& c = receptors[r];
      const T decay = exp_difference(s, -c.rate);
      x[c.at] = x[c.at] * decay;
      if (!c.alpha) continue;
      x[c.at] = x[c.at] + c.rate * s * decay * x[c.at + 1];
      x[c.at + 1] = x[c.at + 1] * decay;
    }
  }
};

template <>
Time Alif<double>::next_spike(const double* x, Time horizon) const;
template <>
VoltagePeak Alif<double>::voltage_peak(const double* x, Time s) const;

}  // namespace retrograde
