// TangentDynamics from a neuron written as a template over its number type
// (engine/neuron/dynamics_of.hpp).
#pragma once

#include <span>
#include <vector>

#include <retrograde/adjoint/neuron/tangent_model.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/neuron/dynamics_of.hpp>

namespace retrograde {

template <template <typename> class N>
class TangentOf final : public TangentDynamics {
 public:
  TangentOf(const Network& network, std::uint32_t population, std::span<const double> direction) {
    const Population& p = network.populations()[population];
    neurons_.reserve(p.size);
    for (std::uint32_t n = 0; n < p.size; ++n) {
      NeuronValues<Tangent> values;
      values.receptors = p.receptors;
      values.fires = p.model->fires();
      for (const ParameterKind kind : neuron_parameter_kinds) {
        const std::size_t k = network.layout().offset(kind) + p.first + n;
        Tangent& value = values.values[static_cast<std::size_t>(kind)];
        value = Tangent(network.parameters()[k]);
        if (p.has(kind)) value.d[0] = direction[k];
      }
      neurons_.emplace_back(values);
    }
  }

  std::size_t state_size() const override { return neurons_.front().state_size(); }
  void start(std::uint32_t n, Tangent* x) const override { neurons_[n].start(x); }
  void set_voltage(Tangent* x, double v) const override {
    if constexpr (requires { N<Tangent>::set_voltage(x, v); })
      N<Tangent>::set_voltage(x, v);
    else
      x[0] = Tangent(v);
  }
  void flow(std::uint32_t n, Tangent* x, const Tangent& s) const override {
    neurons_[n].flow(x, s);
  }
  void flow_held(std::uint32_t n, Tangent* x, const Tangent& s) const override {
    neurons_[n].flow_held(x, s);
  }
  void receive(std::uint32_t n, Tangent* x, unsigned receptor,
               const Tangent& weight) const override {
    neurons_[n].receive(x, receptor, weight);
  }
  Tangent gap(std::uint32_t n, const Tangent* x) const override { return neurons_[n].gap(x); }
  void reset(std::uint32_t n, Tangent* x) const override { neurons_[n].reset(x); }
  Tangent voltage(std::uint32_t n, const Tangent* x) const override {
    return neurons_[n].voltage(x);
  }
  Tangent voltage_integral(std::uint32_t n, const Tangent* x, const Tangent& s,
                           const WeightStretch<Tangent>& weight) const override {
    if constexpr (N<double>::has_voltage) return neurons_[n].voltage_integral(x, s, weight);
    return {};
  }

 private:
  std::vector<N<Tangent>> neurons_;
};

}  // namespace retrograde
