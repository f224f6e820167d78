// What falls onto the edge of a window is handled as anywhere else: releases, and crossings that rounding
// cannot tell from an arrival behind the edge. Reference: the sequential scheduler, and the neuron alone in 113
// bits (engine/exact/exact_neuron.hpp).
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/engine/exact/exact_neuron.hpp>
#include <retrograde/engine/network/cuba_lif_neurons.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/engine/windowed/window_plan.hpp>
#include <retrograde/engine/windowed/windowed.hpp>
#include <retrograde/events/random.hpp>

using namespace retrograde;

namespace {

Network one_neuron(double excitation, double inhibition, double t_ref) {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 2});
  const auto n =
      builder.add({.name = "n", .size = 1, .tau_mem = {4.0}, .tau_syn = {2.0}, .t_ref = {t_ref}});
  builder.connect(in, n, {{0, 0, excitation, 0.0}, {1, 0, inhibition, 0.0}});
  return builder.build();
}

std::vector<TapeSpike> spikes_of(const Tape& tape) {
  std::vector<TapeSpike> spikes;
  for (const TapeSpike& s : tape.spikes)
    if (s.neuron == 2) spikes.push_back(s);
  return spikes;
}

}  // namespace

TEST_CASE("V is released on the edge of a window as it is anywhere") {
  const Network network = one_neuron(6.0, 1.0, 2.0);
  REQUIRE(make_plan(network).layers[0].window == 0.5);
  const CubaLif& model = cuba_lif_neuron(network, 2);
  const Time takes = next_crossing(model, {0.0, 6.0}, never);
  // The input whose spike is at 8 exactly; V is let go at 10.
  std::size_t found = 0;
  for (int k = -20; k <= 20; ++k) {
    const Time in = 8.0 - takes + k * 0x1p-50;
    const Trial trial{20.0, {{in, 0}, {12.3, 1}}};
    const std::vector<TapeSpike> one = spikes_of(run_sequential(network, trial));
    const std::vector<TapeSpike> other = spikes_of(WindowedMachine(network).run(trial, {}));
    REQUIRE(one.size() == other.size());
    CHECK(one[0].released_slope > 0.0);
    CHECK(other[0].released_slope == Approx(one[0].released_slope).epsilon(1e-9));
    found += other[0].time == 8.0;
  }
  CHECK(found > 0);
}

TEST_CASE("an arrival just behind the edge of a window may still come before a spike") {
  const CubaLif rest = cuba_lif_neuron(one_neuron(1.0, -1.0, 0.0), 2);
  const Time rise = extremum_time(rest, {0.0, 1.0});
  Random random(11, "window edges");
  std::size_t fires = 0, blocked = 0;
  for (int k = 0; k < 4000; ++k) {
    // V grazes the threshold: `below` its maximum, which is where the window ends but for `off`.
    const double above = std::exp(random.uniform(-33.0, -20.0));
    const double weight = (1.0 + above) / rest.propagator(rise).kernel;
    const Network network = one_neuron(weight, -2.0, 0.0);
    const Time takes = next_crossing(cuba_lif_neuron(network, 2), {0.0, weight}, never);
    if (takes == never) continue;
    const Time in = 8.0 - takes + random.uniform(-1.0, 1.0) * 2e-9;
    const Time behind = k % 3 == 0 ? 8.0 : 8.0 + random.uniform(-1.0, 3.0) * 1e-9;
    const Trial trial{20.0, {{in, 0}, {behind, 1}}};
    const std::vector<ExactDelivery> deliveries{{in, in, weight}, {behind, behind, -2.0}};
    const CubaLif& model = cuba_lif_neuron(network, 2);
    const bool expected = next_spike_exactly(model, -never, deliveries, 0.0, 20.0).spike < 20.0;
    CAPTURE(k, above, in, behind);
    REQUIRE(spikes_of(run_sequential(network, trial)).size() == std::size_t{expected});
    REQUIRE(spikes_of(WindowedMachine(network).run(trial, {})).size() == std::size_t{expected});
    ++(expected ? fires : blocked);
  }
  CHECK(fires > 500);
  CHECK(blocked > 500);
}
