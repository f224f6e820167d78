// lif: leaky integrate-and-fire neuron whose synapses act at once; if: the same without a leak.
//
//   lif   tau_mem dV/dt = -V + bias        if    tau_mem dV/dt = bias        V(0) = 0
//   a spike arrives over a synapse:        V += weight
//   V is at v_threshold or above:          spike; V := v_reset for t_ref ms
//
//   parameter    unit   default  range
//   tau_mem      ms     20       > 0; of `if` only what the bias is counted in: V grows by bias in
//                                tau_mem ms
//   v_threshold  1      1        > 0 and > v_reset
//   v_reset      1      0
//   bias         1      0        any; a lif with a bias above v_threshold fires without input
//   t_ref        ms     0        >= 0, absolute refractory period: V is held, what arrives is lost
//
// li and integrator are the same two without a threshold: readouts.
//
// All that arrives at one instant is added up before the neuron may fire (events/order.hpp). With a
// bias at the threshold or below V crosses it at arrivals only, so a spike has the time of one: its
// derivative by a weight is 0 where it exists, and there is no backward pass for these models.
//
// Source: the nodes LIF, IF, LI and I of NIR, the Neuromorphic Intermediate Representation (Pedersen
// et al., Nat. Commun. 15:8122 (2024)), where an arriving impulse of weight W is a jump of V by
// r W / tau.
#pragma once

#include <vector>

#include <retrograde/engine/neuron/model.hpp>

namespace retrograde {

struct Lif {
  double rate_mem = 0.05;  // 1/tau_mem
  bool leaks = true;
  double v_threshold = never, v_reset = 0.0, bias = 0.0, t_ref = 0.0;

  // V after s ms without arrivals.
  double flow(double v, Time s) const;
  double slope(double v) const { return rate_mem * (leaks ? bias - v : bias); }
  // When V gets to the threshold if nothing arrives; never.
  Time crossing(double v) const;
};

class LifDynamics final : public Dynamics {
 public:
  LifDynamics(const PopulationView& population, bool fires, bool leaks);

  const Lif& neuron(std::uint32_t n) const { return neurons_[n]; }

  std::size_t state_size() const override { return 2; }  // V, and for how long it is held
  void start(std::uint32_t, double* x) const override { x[0] = x[1] = 0.0; }
  void flow(std::uint32_t n, double* x, Time s) const override { x[0] = neurons_[n].flow(x[0], s); }
  void flow_held(std::uint32_t n, double* x, Time s) const override;
  void receive(std::uint32_t, double* x, unsigned, double weight) const override {
    if (x[1] == 0.0) x[0] += weight;
  }
  Time next_spike(std::uint32_t n, const double* x, Time horizon) const override;
  double slope(std::uint32_t n, const double* x) const override { return rise(n, x); }
  void reset(std::uint32_t n, double* x) const override {
    x[0] = neurons_[n].v_reset;
    x[1] = neurons_[n].t_ref;
  }
  double t_ref(std::uint32_t n) const override { return neurons_[n].t_ref; }
  void hold(std::uint32_t, double* x, double v, Time s) const override {
    x[0] = v;
    x[1] = s;
  }
  double rise(std::uint32_t n, const double* x) const override { return neurons_[n].slope(x[0]); }
  double voltage(std::uint32_t, const double* x) const override { return x[0]; }
  double current(std::uint32_t, const double*) const override { return 0.0; }
  double threshold(std::uint32_t n, const double*) const override {
    return neurons_[n].v_threshold;
  }
  double voltage_integral(std::uint32_t n, const double* x, Time s,
                          const WeightStretch<double>& weight) const override;
  VoltagePeak voltage_peak(std::uint32_t n, const double* x, Time s) const override;
  double fastest_rate(std::uint32_t n) const override { return neurons_[n].rate_mem; }
  bool keeps_trajectory() const override { return false; }

 private:
  std::vector<Lif> neurons_;
};

class LifModel final : public NeuronModel {
 public:
  constexpr LifModel(bool fires, bool leaks) : fires_(fires), leaks_(leaks) {}
  std::string_view name() const override {
    return leaks_ ? fires_ ? "lif" : "li" : fires_ ? "if" : "integrator";
  }
  bool fires() const override { return fires_; }
  bool has_voltage() const override { return true; }
  bool scales_in_amplitude() const override { return true; }
  bool has_receptors() const override { return false; }
  std::span<const ParameterKind> parameters() const override;
  std::shared_ptr<const Dynamics> dynamics(const PopulationView& population) const override {
    return std::make_shared<LifDynamics>(population, fires_, leaks_);
  }

 private:
  bool fires_, leaks_;
};

}  // namespace retrograde
