// Dynamics from a neuron written as a template over its number type, the usual way to write one.
//
// A neuron `template <typename T> struct N` has the constants of one neuron and these members; T is
// double in a run, a number with derivatives in the backward pass (adjoint/neuron/generic.hpp), and
// wider where a decision is close:
//
//   static constexpr std::string_view model_name;
//   static constexpr bool has_voltage, has_receptors;
//   static constexpr bool scales_in_amplitude;          may be left out: false
//   static constexpr std::array<ParameterKind, k> model_parameters;
//   N(const NeuronValues<T>& values)          values(ParameterKind::tau_mem) and so on
//   std::size_t state_size() const
//   void start(T* x) const
//   static void set_voltage(T* x, double v)   may be left out, where x[0] is V
//   void flow(T* x, T s) const                s ms, nothing arriving
//   void flow_held(T* x, T s) const           the same, refractory
//   void receive(T* x, unsigned receptor, T weight) const
//   void drift(const T* x, T* dx) const       dx/dt
//   void drift_held(const T* x, T* dx) const
//   T gap(const T* x) const                   reaches 0 from below at a spike; rises at d gap/dt
//   T slope(const T* x) const                 d gap/dt at a spike
//   void reset(T* x) const
//   T voltage(const T* x) const, current(const T* x) const
//   T receptor_current(const T* x, unsigned receptor) const   may be left out: all of current
//   T threshold(const T* x) const                             may be left out: there is none
//   Time next_spike(const T* x, Time horizon) const                    (T = double)
//   T voltage_integral(const T* x, T s, const WeightStretch<T>& weight) const     (has_voltage)
//   VoltagePeak voltage_peak(const T* x, Time s) const                (T = double, has_voltage)
//   T fastest_rate() const                    of V, for quadrature             (has_voltage)
#pragma once

#include <array>
#include <vector>

#include <retrograde/engine/neuron/model.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

// The parameters of one neuron, as numbers of type T.
template <typename T>
struct NeuronValues {
  std::array<T, parameter_kind_count> values{};
  std::span<const SynapseShape> receptors;
  bool fires = true;

  const T& operator()(ParameterKind kind) const { return values[static_cast<std::size_t>(kind)]; }
};

inline NeuronValues<double> neuron_values(const PopulationView& population, std::uint32_t n,
                                          bool fires) {
  NeuronValues<double> v;
  v.receptors = population.receptors;
  v.fires = fires;
  for (const ParameterKind kind : neuron_parameter_kinds)
    v.values[static_cast<std::size_t>(kind)] = population.value(kind, n);
  return v;
}

template <template <typename> class N>
class DynamicsOf final : public Dynamics {
 public:
  DynamicsOf(const PopulationView& population, bool fires) {
    neurons_.reserve(population.size);
    t_ref_.reserve(population.size);
    for (std::uint32_t n = 0; n < population.size; ++n) {
      neurons_.emplace_back(neuron_values(population, n, fires));
      t_ref_.push_back(population.value(ParameterKind::t_ref, n));
    }
  }

  std::size_t state_size() const override { return neurons_.front().state_size(); }
  void start(std::uint32_t n, double* x) const override { neurons_[n].start(x); }
  void flow(std::uint32_t n, double* x, Time s) const override { neurons_[n].flow(x, s); }
  void flow_held(std::uint32_t n, double* x, Time s) const override { neurons_[n].flow_held(x, s); }
  void receive(std::uint32_t n, double* x, unsigned receptor, double weight) const override {
    neurons_[n].receive(x, receptor, weight);
  }
  Time next_spike(std::uint32_t n, const double* x, Time horizon) const override {
    return neurons_[n].next_spike(x, horizon);
  }
  double slope(std::uint32_t n, const double* x) const override { return neurons_[n].slope(x); }
  void reset(std::uint32_t n, double* x) const override { neurons_[n].reset(x); }
  double t_ref(std::uint32_t n) const override { return t_ref_[n]; }
  void set_voltage(std::uint32_t, double* x, double v) const override {
    if constexpr (requires { N<double>::set_voltage(x, v); })
      N<double>::set_voltage(x, v);
    else
      x[0] = v;
  }
  double rise(std::uint32_t n, const double* x) const override { return neurons_[n].rise(x); }
  double voltage(std::uint32_t n, const double* x) const override { return neurons_[n].voltage(x); }
  double current(std::uint32_t n, const double* x) const override { return neurons_[n].current(x); }
  double receptor_current(std::uint32_t n, const double* x, unsigned receptor) const override {
    if constexpr (requires { neurons_[n].receptor_current(x, receptor); })
      return neurons_[n].receptor_current(x, receptor);
    else
      return current(n, x);
  }
  double threshold(std::uint32_t n, const double* x) const override {
    if constexpr (requires { neurons_[n].threshold(x); })
      return neurons_[n].threshold(x);
    else
      return never;
  }
  double voltage_integral(std::uint32_t n, const double* x, Time s,
                          const WeightStretch<double>& weight) const override {
    if constexpr (N<double>::has_voltage) return neurons_[n].voltage_integral(x, s, weight);
    throw InternalError("voltage_integral: V of this model is not bounded");
  }
  VoltagePeak voltage_peak(std::uint32_t n, const double* x, Time s) const override {
    if constexpr (N<double>::has_voltage) return neurons_[n].voltage_peak(x, s);
    throw InternalError("voltage_peak: V of this model is not bounded");
  }
  double fastest_rate(std::uint32_t n) const override {
    if constexpr (N<double>::has_voltage) return neurons_[n].fastest_rate();
    throw InternalError("fastest_rate: V of this model is not bounded");
  }
  bool keeps_trajectory() const override { return true; }

 private:
  std::vector<N<double>> neurons_;
  std::vector<double> t_ref_;
};

// A model whose neurons always fire.
template <template <typename> class N>
class ModelOf final : public NeuronModel {
 public:
  std::string_view name() const override { return N<double>::model_name; }
  bool fires() const override { return true; }
  bool has_voltage() const override { return N<double>::has_voltage; }
  bool has_receptors() const override { return N<double>::has_receptors; }
  bool scales_in_amplitude() const override {
    if constexpr (requires { N<double>::scales_in_amplitude; })
      return N<double>::scales_in_amplitude;
    return false;
  }
  std::span<const ParameterKind> parameters() const override { return N<double>::model_parameters; }
  std::shared_ptr<const Dynamics> dynamics(const PopulationView& population) const override {
    return std::make_shared<DynamicsOf<N>>(population, true);
  }
};

}  // namespace retrograde
