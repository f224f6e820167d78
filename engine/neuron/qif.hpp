// qif: quadratic integrate-and-fire neuron in its exactly solvable form.
//
//   tau_mem dV/dt = V (V - k) + I,  k = tau_mem / (2 tau_syn)      tau_syn dI/dt = -I
//   V(0) = I(0) = 0          a spike arrives: I += weight
//   V reaches +infinity: spike; V goes on from -infinity, where it is held for t_ref ms
//
//   parameter  unit  default  range
//   tau_mem    ms    20       > 0
//   tau_syn    ms    5        > 0; with tau_mem = 2 tau_syn, k is 1
//   t_ref      ms    0        >= 0
//
// V passes through infinity: what a probe records of it is cut at +-10 max(1, k), which it leaves and
// comes back to within tau_mem / (10 max(1, k)) of a spike, or so. During t_ref it is the lower end.
//
// Its spikes appear and vanish only at the end of a trial, never in its middle, and V crosses the
// threshold with a slope that is always the same: losses of its spike times are continuous, and no
// gradient explodes at a grazing spike (Klos & Memmesheimer, Phys. Rev. Lett. 134:027301 (2025),
// for k = 1).
//
// Exact solution: with V = e^(-t/(2 tau_syn)) y and S = (1 - e^(-t/(2 tau_syn))) 2 tau_syn/tau_mem
// the equation becomes dy/dS = y^2 + I(0), and with y = -z'/z the oscillator z'' = -I(0) z. A spike
// is a zero of z. The state is the angle theta with V = tan(theta/2), which is smooth where V is
// infinite: a spike is theta = pi, the reset theta = -pi, and there dtheta/dt = 2/tau_mem.
#pragma once

#include <array>
#include <cmath>
#include <numbers>

#include <retrograde/engine/neuron/dynamics_of.hpp>

namespace retrograde {

template <typename T>
struct Qif {
  static constexpr std::string_view model_name = "qif";
  static constexpr bool has_voltage = false, has_receptors = false;
  static constexpr std::array model_parameters = {ParameterKind::tau_mem, ParameterKind::tau_syn,
                                                  ParameterKind::t_ref};

  T tau_mem, tau_syn;

  explicit Qif(const NeuronValues<T>& values)
      : tau_mem(values(ParameterKind::tau_mem)), tau_syn(values(ParameterKind::tau_syn)) {}

  std::size_t state_size() const { return 2; }  // theta, I
  void start(T* x) const { x[0] = x[1] = T(0.0); }
  static void set_voltage(T* x, double v) { x[0] = T(2.0 * std::atan(v)); }

  void flow(T* x, const T& s) const {
    using std::atan2, std::cos, std::exp, std::expm1, std::sin;
    const T gone = -expm1(-s / (2.0 * tau_syn));  // 1 - e^(-s/(2 tau_syn))
    const T time = gone * 2.0 * tau_syn / tau_mem;
    const T z = cos(x[0] / 2.0), dz = -sin(x[0] / 2.0);
    const Oscillator o(x[1], time);
    const T z1 = z * o.c + dz * o.s, dz1 = dz * o.c - x[1] * z * o.s;
    x[0] = 2.0 * atan2(-dz1 * (1.0 - gone), z1);
    x[1] = x[1] * exp(-s / tau_syn);
  }
  void flow_held(T* x, const T& s) const {
    using std::exp;
    x[1] = x[1] * exp(-s / tau_syn);
  }
  void receive(T* x, unsigned, const T& weight) const { x[1] = x[1] + weight; }

  void drift(const T* x, T* dx) const {
    using std::cos, std::sin;
    const T c = cos(x[0] / 2.0), s = sin(x[0] / 2.0);
    dx[0] = 2.0 / tau_mem * (s * s + x[1] * c * c) - s * c / tau_syn;
    dx[1] = -x[1] / tau_syn;
  }
  void drift_held(const T* x, T* dx) const {
    dx[0] = T(0.0);
    dx[1] = -x[1] / tau_syn;
  }

  T gap(const T* x) const { return x[0] - std::numbers::pi; }
  T slope(const T*) const { return 2.0 / tau_mem; }
  void reset(T* x) const { x[0] = T(-std::numbers::pi); }

  T voltage(const T* x) const {
    const T k = tau_mem / (2.0 * tau_syn), v = exact_voltage(x);
    const T most = k > 1.0 ? 10.0 * k : T(10.0);
    return v > most ? most : v < -most ? -most : v;
  }
  T current(const T* x) const { return x[1]; }
  T rise(const T* x) const {
    const T v = exact_voltage(x);
    return v * v / tau_mem - v / (2.0 * tau_syn) + x[1] / tau_mem;
  }

  // T = double only. The zero of z, if it comes before S ends (t = infinity) and the horizon.
  Time next_spike(const T* x, Time horizon) const {
    const double c = std::cos(x[0] / 2.0), s = std::sin(x[0] / 2.0), i = x[1];
    double zero = 0.0;  // in S
    if (i > 0.0) {
      const double root = std::sqrt(i);
      zero = std::atan2(root * c, s) / root;
    } else {
      const double root = std::sqrt(-i);
      if (!(s > root * c)) return never;
      // atanh(root c / s) / root
      zero = root == 0.0 ? c / s : 0.5 * std::log1p(2.0 * root * c / (s - root * c)) / root;
    }
    const double share = zero * tau_mem / (2.0 * tau_syn);
    if (!(share < 1.0)) return never;
    const double t = -2.0 * tau_syn * std::log1p(-share);
    return t <= horizon ? std::fmax(t, 0.0) : never;
  }

 private:
  T exact_voltage(const T* x) const {
    using std::tan;
    return tan(x[0] / 2.0);
  }

  // cos(w S) and sin(w S)/w with w^2 = I, both divided by the same positive number where they would
  // overflow.
  struct Oscillator {
    T c, s;
    Oscillator(const T& i, const T& time) {
      using std::cos, std::exp, std::sin, std::sqrt;
      const T square = i * time * time;
      if (square < 0.25 && square > -0.25) {  // smooth through 0
        T term(1.0), even(1.0), odd(1.0);
        for (int k = 1; k < 16; ++k) {
          term = term * (-square) / (2.0 * k - 1.0) / (2.0 * k);
          even = even + term;
          odd = odd + term / (2.0 * k + 1.0);
        }
        c = even;
        s = odd * time;
      } else if (square > 0.0) {
        const T w = sqrt(i);
        c = cos(w * time);
        s = sin(w * time) / w;
      } else {
        const T w = sqrt(-i), e = exp(-2.0 * w * time);
        c = (1.0 + e) / 2.0;
        s = (1.0 - e) / (2.0 * w);
      }
    }
  };
};

}  // namespace retrograde
