// What a project that uses the installed package writes: one neuron, one input spike, and a spike
// time, its derivative and a step of training that have closed forms. With tau_mem = 2 tau_syn and
// x = e^(-t/tau_mem), t since the arrival, V = weight (x - x^2); weight = 6.25 makes V = 1 at x = 0.8,
// t = 10 ln(1.25) ms, and dt/dweight = -tau_mem / (weight^2 x (2x - 1)) = -8/15 ms. The first step of
// Adam is as long as its rate: 0.01, upwards.

#include <cmath>
#include <cstdio>

#include <retrograde/adjoint/front.hpp>
#include <retrograde/version.hpp>

using namespace retrograde;
using enum ParameterKind;

int main() {
  const Network network =
      build({.populations =
                 {{.name = "in", .model = Model::input, .size = 1},
                  {.name = "out", .size = 1, .tau_mem = {10.0}, .tau_syn = {5.0}, .t_ref = {50.0}}},
             .projections = {{.from = "in", .to = "out", .weight = 6.25, .delay = 0.5}}});
  const Trial trial = trial_of(network, 20.0, {{"in", {{1.0}}}});
  const SpikeTrain out = spikes_of(network, run(network, trial), "out");

  const TrialList trials({trial});
  const auto loss = make_loss(SpikeTimePowerSpec{.population = 1, .coefficient = {1.0}});
  const double slope = gradient_of(network, trials, *loss).of("in -> out", weight)[0];
  const Training done =
      train(network, trials, *loss,
            {.learn = {{.owner = "in -> out", .kind = weight, .rate = 0.01}}, .epochs = 1});
  const double learned = values_of(done.network, "in -> out", weight)[0];

  std::printf(
      "retrograde %s: %zu spike at %.15g ms, dt/dweight = %.15g ms, weight learned to %.15g\n",
      version::string.data(), out.times.size(), out.times.empty() ? 0.0 : out.times[0], slope,
      learned);
  const bool right = out.times.size() == 1 &&
                     std::fabs(out.times[0] - (1.5 + 10.0 * std::log(1.25))) < 1e-12 &&
                     std::fabs(slope + 8.0 / 15.0) < 1e-12 && std::fabs(learned - 6.26) < 1e-8;
  return right ? 0 : 1;
}
