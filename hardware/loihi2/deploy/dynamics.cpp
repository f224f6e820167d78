#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include <retrograde/engine/neuron/cuba_lif.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/deploy/dynamics.hpp>

namespace retrograde::loihi2 {

namespace {

// A time constant that its decay misses by more than this is followed by the gain instead.
constexpr double much = 0.01;

// u decays by du + 1 with du >= 0.
void check_decay(const Dynamics& d, const std::string& where, double tau_syn, Time dt) {
  if (d.u_decay < 1)
    throw DeploymentError(
        where, "du",
        fmt::format("tau_syn {:g} ms is too long for the chip's 12-bit decay; take at most {:g} ms "
                    "or a longer step",
                    tau_syn, -dt / std::log1p(-0.5 / 4096.0)));
}

bool jumps(Model model) {
  return model == Model::lif || model == Model::li || model == Model::integrate_fire ||
         model == Model::integrator;
}

bool leaks(Model model) { return model != Model::integrate_fire && model != Model::integrator; }

}  // namespace

double represented_tau(std::int32_t decay, Time dt, double tau) {
  if (decay <= 0 || decay >= decay_one) return tau;
  return -dt / std::log1p(-decay / 4096.0);
}

double share_of_step(const Network& network, NeuronId n, Time dt) {
  const double tau_mem = network.parameter(ParameterKind::tau_mem, n);
  return leaks(network.model_of(n)) ? -std::expm1(-dt / tau_mem) : dt / tau_mem;
}

Arrival::Arrival(const Network& network, NeuronId n, double tau_mem, double tau_syn, Time dt)
    : dt_(dt), jumps_(jumps(network.model_of(n))), leaks_(leaks(network.model_of(n))) {
  const auto nearest = [&](ParameterKind kind, double represented) {
    const double given = network.parameter(kind, n);
    return std::fabs(represented / given - 1.0) > much ? given : represented;
  };
  neuron_.tau_mem = nearest(ParameterKind::tau_mem, tau_mem);
  neuron_.tau_syn = jumps_ ? tau_syn : nearest(ParameterKind::tau_syn, tau_syn);
  neuron_.derive();
}

double Arrival::at(Time s) const {
  if (!jumps_) return neuron_.propagator(s).kernel;
  return leaks_ && s > dt_ ? std::exp(-(s - dt_) * neuron_.rate_mem) : 1.0;
}

Dynamics dynamics_of(const Network& network, NeuronId n, const QuantizeOptions& options) {
  const Time dt = options.step;
  const Model model = network.model_of(n);
  const double tau_mem = network.parameter(ParameterKind::tau_mem, n);
  const double tau_syn = network.parameter(ParameterKind::tau_syn, n);
  const auto decay = [dt](double tau) {
    return static_cast<std::int32_t>(std::nearbyint(-4096.0 * std::expm1(-dt / tau)));
  };
  Dynamics d{};
  d.u_decay = jumps(model) ? decay_one : decay(tau_syn);
  // All of V is gone after a step: but for 1/4096 of it, which is the most that the chip takes.
  d.v_decay = leaks(model) ? std::min(decay(tau_mem), decay_one - 1) : 0;
  check_decay(d, network.neuron_name(n), tau_syn, dt);
  d.tau_mem = represented_tau(d.v_decay, dt, tau_mem);
  d.tau_syn = represented_tau(d.u_decay, dt, tau_syn);
  d.gain = options.gain == Gain::sampled || jumps(model)
               ? Arrival(network, n, d.tau_mem, d.tau_syn, dt).gain()
               : std::expm1(-dt / tau_mem) * std::expm1(-dt / tau_syn) * tau_syn / dt;
  return d;
}

}  // namespace retrograde::loihi2
