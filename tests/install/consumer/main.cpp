// What a project that uses the installed package writes: one neuron, one input spike, and a spike
// time and its derivative that have closed forms. With tau_mem = 2 tau_syn and x = e^(-t/tau_mem),
// t since the arrival, V = weight (x - x^2); weight = 6.25 makes V = 1 at x = 0.8, t = 10 ln(1.25)
// ms, and dt/dweight = -tau_mem / (weight^2 x (2x - 1)) = -8/15 ms.

#include <cmath>
#include <cstdio>

#include <retrograde/adjoint/backward.hpp>
#include <retrograde/adjoint/loss/spike_time_power.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/version.hpp>

using namespace retrograde;

int main() {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto out =
      builder.add({.name = "out", .size = 1, .tau_mem = {10.0}, .tau_syn = {5.0}, .t_ref = {50.0}});
  builder.connect(in, out, {{0, 0, 6.25, 0.5}});
  const Network network = builder.build();

  const auto loss = make_loss(SpikeTimePowerSpec{.population = out, .coefficient = {1.0}});
  const auto machine = make_machine(network);
  const Tape tape = machine->run({20.0, {{1.0, 0}}}, {.readout = loss->readout()});
  Gradient gradient{network.layout(), std::vector<double>(network.layout().size(), 0.0), {}};
  backward(*machine, tape, loss->evaluate(network, tape, 0), loss->readout(), {}, gradient);

  const double time = tape.spikes.back().time;
  const double slope = gradient.of(ParameterKind::weight)[0];
  std::printf("retrograde %s: spike at %.15g ms, dt/dweight = %.15g ms\n", version::string.data(),
              time, slope);
  const bool right = tape.spikes.size() == 2 &&
                     std::fabs(time - (1.5 + 10.0 * std::log(1.25))) < 1e-12 &&
                     std::fabs(slope + 8.0 / 15.0) < 1e-12;
  return right ? 0 : 1;
}
