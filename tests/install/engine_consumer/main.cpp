// A project that simulates and nothing else: one spike time in closed form. With tau_mem = 2 tau_syn
// and x = e^(-t/tau_mem), t since the arrival, V = weight (x - x^2); weight = 6.25 makes V = 1 at
// x = 0.8, t = 10 ln(1.25) ms.

#include <cmath>
#include <cstdio>

#include <retrograde/engine/front.hpp>

using namespace retrograde;

int main() {
  const Network network =
      build({.populations =
                 {{.name = "in", .model = Model::input, .size = 1},
                  {.name = "out", .size = 1, .tau_mem = {10.0}, .tau_syn = {5.0}, .t_ref = {50.0}}},
             .projections = {{.from = "in", .to = "out", .weight = 6.25, .delay = 0.5}}});
  const Tape tape = run(network, trial_of(network, 20.0, {{"in", {{1.0}}}}));
  const double time = tape.spikes.back().time;
  std::printf("a spike at %.15g ms\n", time);
  const bool right =
      tape.spikes.size() == 2 && std::fabs(time - (1.5 + 10.0 * std::log(1.25))) < 1e-12;
  return right ? 0 : 1;
}
