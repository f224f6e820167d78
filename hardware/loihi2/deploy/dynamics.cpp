#include <cmath>
#include <fmt/format.h>

#include <retrograde/engine/neuron/cuba_lif.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/deploy/dynamics.hpp>

namespace retrograde::loihi2 {

namespace {

// u decays by du + 1 with du >= 0, v by dv <= 4095.
void check_decays(const Dynamics& d, const std::string& where, double tau_mem, double tau_syn,
                  Time dt) {
  const Time longest = -dt / std::log1p(-0.5 / 4096.0), shortest = -dt / std::log(0.5 / 4096.0);
  if (d.u_decay < 1)
    throw DeploymentError(
        where, "du",
        fmt::format("tau_syn {:g} ms is too long for the chip's 12-bit decay; take at most {:g} ms "
                    "or a longer step",
                    tau_syn, longest));
  if (d.v_decay > decay_one - 1)
    throw DeploymentError(
        where, "dv",
        fmt::format("tau_mem {:g} ms is too short for the chip's 12-bit decay; take at least {:g} "
                    "ms or a shorter step",
                    tau_mem, shortest));
  if (d.v_decay < 1)
    throw DeploymentError(
        where, "dv",
        fmt::format("tau_mem {:g} ms is too long for the chip's 12-bit decay; take at most {:g} ms "
                    "or a longer step",
                    tau_mem, longest));
}

}  // namespace

double represented_tau(std::int32_t decay, Time dt, double tau) {
  if (decay <= 0 || decay >= decay_one) return tau;
  return -dt / std::log1p(-decay / 4096.0);
}

double sampled_gain(double tau_mem, double tau_syn, Time dt) {
  retrograde::CubaLif neuron;
  neuron.tau_mem = tau_mem;
  neuron.tau_syn = tau_syn;
  neuron.derive();
  return neuron.propagator(dt).kernel;
}

Dynamics dynamics_of(const Network& network, NeuronId n, const QuantizeOptions& options) {
  const Time dt = options.step;
  const double tau_mem = network.parameter(ParameterKind::tau_mem, n);
  const double tau_syn = network.parameter(ParameterKind::tau_syn, n);
  const auto decay = [dt](double tau) {
    return static_cast<std::int32_t>(std::nearbyint(-4096.0 * std::expm1(-dt / tau)));
  };
  Dynamics d{decay(tau_syn), decay(tau_mem), 0.0, 0.0, 0.0};
  check_decays(d, network.neuron_name(n), tau_mem, tau_syn, dt);
  d.tau_mem = represented_tau(d.v_decay, dt, tau_mem);
  d.tau_syn = represented_tau(d.u_decay, dt, tau_syn);
  d.gain = options.gain == Gain::sampled
               ? sampled_gain(d.tau_mem, d.tau_syn, dt)
               : std::expm1(-dt / tau_mem) * std::expm1(-dt / tau_syn) * tau_syn / dt;
  return d;
}

}  // namespace retrograde::loihi2
