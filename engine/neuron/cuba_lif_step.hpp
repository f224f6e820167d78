// cuba_lif and cuba_li neurons with step receptors and at most one exponential one: what analogue
// input, piecewise constant currents, goes to.
//
//   tau_mem dV/dt = -V + bias + C + I          tau_syn dI/dt = -I          C constant
//   a spike arrives at a step receptor:        C += weight
//   a spike arrives at the exponential one:    I += weight
//
// All step receptors of a neuron feed one C (held_current.hpp). Between arrivals C adds to the bias,
// so that every closed form of cuba_lif.hpp and every decision of crossing.hpp holds with
// bias + C, rounded to a double, for bias. Without an exponential receptor I is 0.
//
// No account of rounding errors is kept: the state counts as exact, as in models other than cuba_lif
// (docs/mathematics.md, section 2.1).
#pragma once

#include <span>
#include <vector>

#include <retrograde/engine/neuron/cuba_lif_dynamics.hpp>
#include <retrograde/engine/neuron/held_current.hpp>

namespace retrograde {

class CubaLifStepDynamics final : public Dynamics {
 public:
  // Whether neurons with these receptors are of this kind.
  static bool suits(std::span<const SynapseShape> receptors);
  // Pre: suits.
  CubaLifStepDynamics(const PopulationView& population, bool fires);

  std::span<const CubaLif> neurons() const { return neurons_; }
  std::span<const SynapseShape> receptors() const { return receptors_; }

  std::size_t state_size() const override { return 4; }  // V, I, C in two numbers
  void start(std::uint32_t n, double* x) const override;
  void flow(std::uint32_t n, double* x, Time s) const override;
  void flow_held(std::uint32_t n, double* x, Time s) const override;
  void receive(std::uint32_t n, double* x, unsigned receptor, double weight) const override;
  Time next_spike(std::uint32_t n, const double* x, Time horizon) const override;
  double slope(std::uint32_t n, const double* x) const override;
  void reset(std::uint32_t n, double* x) const override { x[0] = neurons_[n].v_reset; }
  double t_ref(std::uint32_t n) const override { return neurons_[n].t_ref; }
  double rise(std::uint32_t n, const double* x) const override;
  double voltage(std::uint32_t, const double* x) const override { return x[0]; }
  double current(std::uint32_t, const double* x) const override {
    return x[1] + held_current(x + held);
  }
  double receptor_current(std::uint32_t, const double* x, unsigned receptor) const override {
    return decays(receptors_[receptor]) ? x[1] : held_current(x + held);
  }
  double threshold(std::uint32_t n, const double*) const override {
    return neurons_[n].v_threshold;
  }
  double voltage_integral(std::uint32_t n, const double* x, Time s,
                          const WeightStretch<double>& weight) const override;
  VoltagePeak voltage_peak(std::uint32_t n, const double* x, Time s) const override;
  double fastest_rate(std::uint32_t n) const override { return neurons_[n].fastest_rate(); }
  bool keeps_trajectory() const override { return false; }

 private:
  static constexpr std::size_t held = 2;  // where C is in x

  // The neuron while C is as in x.
  CubaLif driven(std::uint32_t n, const double* x) const {
    CubaLif c = neurons_[n];
    c.bias += held_current(x + held);
    return c;
  }

  std::vector<CubaLif> neurons_;
  std::vector<SynapseShape> receptors_;
};

}  // namespace retrograde
