// A neuron model of one's own, from its equations to checked gradients: the perfect integrator,
// which has no leak.
//
//   tau_mem dV/dt = I          tau_syn dI/dt = -I          a spike arrives: I += weight
//   V reaches v_threshold: spike; V := v_reset for t_ref ms
#include <array>
#include <cmath>
#include <cstdio>

#include <retrograde/adjoint/check/gradcheck.hpp>
#include <retrograde/adjoint/loss/spike_time_power.hpp>
#include <retrograde/adjoint/neuron/register.hpp>

using namespace retrograde;

template <typename T>
struct Integrator {
  static constexpr std::string_view model_name = "perfect_integrator";
  static constexpr bool has_voltage = false;    // no readout of its voltage
  static constexpr bool has_receptors = false;  // one exponential receptor
  static constexpr std::array model_parameters = {ParameterKind::tau_mem, ParameterKind::tau_syn,
                                                  ParameterKind::v_threshold,
                                                  ParameterKind::v_reset, ParameterKind::t_ref};

  T tau_mem, tau_syn, v_threshold, v_reset;

  explicit Integrator(const NeuronValues<T>& values)
      : tau_mem(values(ParameterKind::tau_mem)),
        tau_syn(values(ParameterKind::tau_syn)),
        v_threshold(values(ParameterKind::v_threshold)),
        v_reset(values(ParameterKind::v_reset)) {}

  // The state: x[0] is V, x[1] is I.
  std::size_t state_size() const { return 2; }
  void start(T* x) const { x[0] = x[1] = T(0.0); }

  // s ms without arrivals, in closed form.
  void flow(T* x, const T& s) const {
    using std::expm1;
    x[0] = x[0] - x[1] * tau_syn / tau_mem * expm1(-s / tau_syn);
    flow_held(x, s);
  }
  // The same while V is held.
  void flow_held(T* x, const T& s) const {
    using std::exp;
    x[1] = x[1] * exp(-s / tau_syn);
  }
  void receive(T* x, unsigned, const T& weight) const { x[1] = x[1] + weight; }

  // dx/dt.
  void drift(const T* x, T* dx) const {
    drift_held(x, dx);
    dx[0] = x[1] / tau_mem;
  }
  void drift_held(const T* x, T* dx) const {
    dx[0] = T(0.0);
    dx[1] = -x[1] / tau_syn;
  }

  // What reaches 0 from below at a spike, and how fast it does.
  T gap(const T* x) const { return x[0] - v_threshold; }
  T slope(const T* x) const { return x[1] / tau_mem; }
  void reset(T* x) const { x[0] = v_reset; }

  T voltage(const T* x) const { return x[0]; }
  T current(const T* x) const { return x[1]; }
  T rise(const T* x) const { return x[1] / tau_mem; }

  // V rises to V + I tau_syn / tau_mem and no further.
  Time next_spike(const T* x, Time horizon) const {
    const double share = (v_threshold - x[0]) * tau_mem / (x[1] * tau_syn);
    if (!(x[1] > 0.0 && share < 1.0)) return never;
    const double s = -tau_syn * std::log1p(-std::fmax(share, 0.0));
    return s <= horizon ? s : never;
  }
};

int main() {
  const Model integrator = register_neuron<Integrator>();

  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 2});
  const auto hidden = builder.add({.name = "hidden", .model = integrator, .size = 2});
  builder.connect(in, hidden, {{0, 0, 6.0, 0.5}, {1, 1, 7.0, 1.5}});
  builder.connect(hidden, hidden, {{0, 1, 2.5, 1.0}, {1, 0, -1.5, 2.0}, {1, 1, 0.8, 3.0}});
  const Network network = builder.build();
  const Trial trial{50.0, {{1.0, 0}, {3.0, 1}, {12.0, 0}, {17.0, 1}}};

  // Half the sum of (t / 10 ms)^2 over all its spikes.
  const auto loss = make_loss(SpikeTimePowerSpec{hidden, {0.5, 0.5}, 10.0, 2.0, {}, never});
  const LossGradient exact = gradient_of(network, trial, *loss, 0);
  for (const TapeSpike& spike : exact.tape.spikes)
    std::printf("%10.6f ms  %s\n", spike.time, network.neuron_name(spike.neuron).c_str());

  const GradientCheck check = check_gradient(network, trial, *loss, 0, {.tolerance = 1e-8});
  std::printf("%zu gradients, worst error %.1e against differences, %.1e against tangents\n",
              check.entries.size(), check.worst(), check.worst_tangent);
  return exact.tape.spikes.size() > trial.inputs.size() + 2 && check.passed() ? 0 : 1;
}
