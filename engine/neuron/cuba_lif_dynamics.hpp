// A population of cuba_lif neurons or cuba_li readouts with one exponential receptor.
#pragma once

#include <vector>

#include <retrograde/engine/neuron/cuba_lif.hpp>
#include <retrograde/engine/neuron/model.hpp>

namespace retrograde {

// The neurons of a population with the time constant of that receptor; without a threshold unless it
// fires.
std::vector<CubaLif> cuba_lif_neurons(const PopulationView& population, bool fires,
                                      std::size_t receptor = 0);
// The largest V in [0, s] from x on, the first of equal ones.
VoltagePeak voltage_peak(const CubaLif& neuron, const MembraneState& x, Time s);

class CubaLifDynamics final : public Dynamics {
 public:
  CubaLifDynamics(const PopulationView& population, bool fires)
      : neurons_(cuba_lif_neurons(population, fires)) {}

  const CubaLif& neuron(std::uint32_t n) const { return neurons_[n]; }
  std::span<const CubaLif> neurons() const { return neurons_; }

  std::size_t state_size() const override { return 2; }  // V, I
  void start(std::uint32_t n, double* x) const override;
  void flow(std::uint32_t n, double* x, Time s) const override;
  void flow_held(std::uint32_t n, double* x, Time s) const override;
  void receive(std::uint32_t n, double* x, unsigned receptor, double weight) const override;
  Time next_spike(std::uint32_t n, const double* x, Time horizon) const override;
  Crossing find_spike(std::uint32_t n, const double* x, Time horizon, double error) const override;
  void flow_rounded(std::uint32_t n, double* x, Time s, StateError& error) const override;
  void flow_held_rounded(std::uint32_t n, double* x, Time s, StateError& error) const override;
  void receive_rounded(std::uint32_t n, double* x, unsigned receptor, double weight, Time late,
                       StateError& error) const override;
  void reset_rounded(std::uint32_t n, double* x, StateError& error) const override;
  void release_rounded(std::uint32_t n, const double* x, Time late,
                       StateError& error) const override;
  double slope(std::uint32_t n, const double* x) const override;
  void reset(std::uint32_t n, double* x) const override;
  double t_ref(std::uint32_t n) const override;
  double rise(std::uint32_t n, const double* x) const override;
  double voltage(std::uint32_t n, const double* x) const override;
  double current(std::uint32_t n, const double* x) const override;
  double threshold(std::uint32_t n, const double*) const override {
    return neurons_[n].v_threshold;
  }
  double voltage_integral(std::uint32_t n, const double* x, Time s,
                          const WeightStretch<double>& weight) const override;
  VoltagePeak voltage_peak(std::uint32_t n, const double* x, Time s) const override;
  double fastest_rate(std::uint32_t n) const override;
  bool keeps_trajectory() const override { return false; }

 private:
  std::vector<CubaLif> neurons_;
};

// cuba_lif; cuba_li unless it fires. With step receptors and at most one exponential one its neurons
// are those of cuba_lif_step.hpp, with other receptors those of alif.hpp without adaptation.
class CubaLifModel final : public NeuronModel {
 public:
  explicit constexpr CubaLifModel(bool fires) : fires_(fires) {}
  std::string_view name() const override { return fires_ ? "cuba_lif" : "cuba_li"; }
  bool fires() const override { return fires_; }
  bool has_voltage() const override { return true; }
  bool has_receptors() const override { return true; }
  bool scales_in_amplitude() const override { return true; }
  std::span<const ParameterKind> parameters() const override;
  std::shared_ptr<const Dynamics> dynamics(const PopulationView& population) const override;

 private:
  bool fires_;
};

}  // namespace retrograde
