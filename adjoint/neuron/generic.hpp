// The backward side of any neuron written as a template over its number type
// (engine/neuron/dynamics_of.hpp). Every stretch and every event is a map of the state, x -> F(x,
// parameters); run once on numbers with derivatives it gives dF/dx and dF/dparameters, and the
// costate goes back by p := (dF/dx)^T p. Exact, for nonlinear models as well, at the price of the
// forward states and of one wide evaluation per stretch.
//
// At a spike, with R the reset, f and f+ the drift before and after it and gap the distance to the
// threshold, which rises with `slope`:
//
//   S = g + p . (dR/dx f - f+)        p := (dR/dx)^T p - (S/slope) dgap/dx
//
// A release and an arrival change the drift: dL/dt = p . (drift before - drift after).
#pragma once

#include <array>
#include <vector>

#include <retrograde/adjoint/neuron/dual.hpp>
#include <retrograde/adjoint/neuron/model.hpp>
#include <retrograde/engine/neuron/dynamics_of.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

template <template <typename> class N>
class GenericAdjoint final : public AdjointDynamics {
 public:
  GenericAdjoint(const Network& network, std::uint32_t population)
      : view_{network.populations()[population].first, network.populations()[population].size,
              network.populations()[population].receptors, network.layout(), network.parameters()},
        fires_(network.populations()[population].model->fires()) {
    for (const ParameterKind kind : network.populations()[population].model.parameters(
             network.populations()[population].receptors))
      if (!is_delay(kind) && kind != ParameterKind::t_ref) kinds_.push_back(kind);
    states_ = network.dynamics(population)->state_size();
    if (states_ + kinds_.size() + 1 > width)
      throw InternalError("GenericAdjoint: more states and parameters than Wide has directions");
  }

  std::size_t costate_size() const override { return states_; }

  void flow(std::uint32_t n, double* p, const double* x, Time from, Time u, const RunningLoss& loss,
            const NeuronGradient& gradient) const override {
    if (u == 0.0) return;
    const N<Wide> neuron = wide(n);
    State y = variables(x);
    Wide integral;
    if constexpr (N<double>::has_voltage)
      if (loss.factor != 0.0)
        integral = neuron.voltage_integral(y.data(), Wide(u), widened(loss.stretch(from, u)));
    neuron.flow(y.data(), Wide(u));
    pull_back(p, y, 1.0, integral, gradient);
  }

  void flow_held(std::uint32_t n, double* p, const double* x, Time from, Time u,
                 const RunningLoss& loss, const NeuronGradient& gradient) const override {
    if (u == 0.0) return;
    const N<Wide> neuron = wide(n);
    State y = variables(x);
    Wide integral;
    if constexpr (N<double>::has_voltage)
      if (loss.factor != 0.0) integral = neuron.voltage(y.data()) * loss.integral(from, u);
    neuron.flow_held(y.data(), Wide(u));
    pull_back(p, y, 1.0, integral, gradient);
  }

  OfDelivery arrival(std::uint32_t n, const double* p, const double* x, unsigned receptor,
                     double weight, bool held, const NeuronGradient& gradient) const override {
    const N<double> neuron = narrow(n);
    std::vector<double> before(x, x + states_), f(states_), f_after(states_);
    neuron.receive(before.data(), receptor, -weight);
    drift(neuron, before.data(), held, f.data());
    drift(neuron, x, held, f_after.data());
    const std::size_t of_weight = states_ + kinds_.size();
    State y;
    for (std::size_t k = 0; k < states_; ++k) y[k] = Wide(before[k]);
    wide(n).receive(y.data(), receptor, Wide(weight, of_weight));
    OfDelivery result{0.0, 0.0};
    for (std::size_t j = 0; j < states_; ++j) {
      result.weight += p[j] * y[j].d[of_weight];
      result.time += p[j] * (f[j] - f_after[j]);
      for (std::size_t q = 0; q < kinds_.size(); ++q)
        if (const double d = y[j].d[states_ + q]; d != 0.0) gradient.add(kinds_[q], p[j] * d);
    }
    return result;
  }

  double release(std::uint32_t n, double* p, const double* x, const TapeSpike&,
                 const NeuronGradient&) const override {
    const N<double> neuron = narrow(n);
    std::vector<double> held(states_), free(states_);
    neuron.drift_held(x, held.data());
    neuron.drift(x, free.data());
    double sum = 0.0;
    for (std::size_t j = 0; j < states_; ++j) sum += p[j] * (held[j] - free[j]);
    return sum;
  }

  // The drift after a spike is the held one, also for t_ref = 0: `release` accounts for the rest.
  void spike(std::uint32_t n, double* p, const double* before, const double* after,
             const TapeSpike& spike, double slope, double g, const RunningLoss& loss,
             const NeuronGradient& gradient) const override {
    const N<double> neuron = narrow(n);
    const N<Wide> wide_neuron = wide(n);
    std::vector<double> f(states_), f_after(states_);
    neuron.drift(before, f.data());
    neuron.drift_held(after, f_after.data());
    State y = variables(before);
    const Wide gap = wide_neuron.gap(y.data());
    wide_neuron.reset(y.data());
    double s = g;
    if (loss.factor != 0.0)
      s += loss.at(spike.time) * (neuron.voltage(before) - neuron.voltage(after));
    for (std::size_t j = 0; j < states_; ++j) {
      double moved = -f_after[j];
      for (std::size_t k = 0; k < states_; ++k) moved += y[j].d[k] * f[k];
      s += p[j] * moved;
    }
    pull_back(p, y, -s / slope, gap, gradient);
  }

  void impulse(std::uint32_t n, double* p, const double* x, double dl_dv,
               const NeuronGradient& gradient) const override {
    const State y = variables(x);
    pull_back(p, y, dl_dv, wide(n).voltage(y.data()), gradient);
  }

  void start(std::uint32_t n, const double* p, double /*v*/,
             const NeuronGradient& gradient) const override {
    State y;  // a given V depends on nothing
    wide(n).start(y.data());
    std::vector<double> unused(p, p + states_);
    pull_back(unused.data(), y, 0.0, Wide(), gradient);
  }

 private:
  // Of the states, then of the parameters, then of a weight.
  static constexpr std::size_t width = 24;
  using Wide = Dual<width>;
  using State = std::array<Wide, width>;

  N<double> narrow(std::uint32_t n) const { return N<double>(neuron_values(view_, n, fires_)); }

  // The neuron with its parameters as independent variables.
  N<Wide> wide(std::uint32_t n) const {
    NeuronValues<Wide> values;
    values.receptors = view_.receptors;
    values.fires = fires_;
    for (const ParameterKind kind : neuron_parameter_kinds)
      values.values[static_cast<std::size_t>(kind)] = Wide(view_.value(kind, n));
    for (std::size_t q = 0; q < kinds_.size(); ++q)
      values.values[static_cast<std::size_t>(kinds_[q])].d[states_ + q] = 1.0;
    return N<Wide>(values);
  }

  static WeightStretch<Wide> widened(const WeightStretch<double>& w) {
    return {Wide(w.level), Wide(w.fall), Wide(w.rate)};
  }

  State variables(const double* x) const {
    State y;
    for (std::size_t k = 0; k < states_; ++k) y[k] = Wide(x[k], k);
    return y;
  }

  static void drift(const N<double>& neuron, const double* x, bool held, double* dx) {
    held ? neuron.drift_held(x, dx) : neuron.drift(x, dx);
  }

  // p := (dy/dx)^T p + factor dz/dx, and the same for the parameters.
  void pull_back(double* p, const State& y, double factor, const Wide& z,
                 const NeuronGradient& gradient) const {
    std::array<double, width> sum{};
    for (std::size_t k = 0; k < states_ + kinds_.size(); ++k) {
      sum[k] = factor * z.d[k];
      for (std::size_t j = 0; j < states_; ++j) sum[k] += p[j] * y[j].d[k];
    }
    for (std::size_t k = 0; k < states_; ++k) p[k] = sum[k];
    for (std::size_t q = 0; q < kinds_.size(); ++q) gradient.add(kinds_[q], sum[states_ + q]);
  }

  PopulationView view_;
  bool fires_;
  std::vector<ParameterKind> kinds_;
  std::size_t states_ = 0;
};

}  // namespace retrograde
