// Steps come to the exact machine as they get shorter, with the first order that the header of
// engine/stepped/stepped.hpp states, and are exact where all spikes lie on the grid.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include <retrograde/engine/network/cuba_lif_neurons.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/engine/stepped/stepped.hpp>

#include "tests/support/random_network.hpp"

using namespace retrograde;

namespace {

// Times per neuron; the order of spikes of different neurons may differ on a grid.
std::vector<std::vector<Time>> trains(const Network& network, const Tape& tape) {
  std::vector<std::vector<Time>> all(network.neuron_count());
  for (const TapeSpike& s : tape.spikes) all[s.neuron].push_back(s.time);
  return all;
}

struct Distance {
  bool same_counts = true;
  double time = 0.0;      // the largest difference of a spike's time
  double integral = 0.0;  // of a readout's integral
};

Distance distance(const Network& network, const Tape& a, const Tape& b) {
  Distance d;
  const auto x = trains(network, a), y = trains(network, b);
  for (std::size_t n = 0; n < x.size(); ++n) {
    if (x[n].size() != y[n].size()) {
      d.same_counts = false;
      continue;
    }
    for (std::size_t k = 0; k < x[n].size(); ++k)
      d.time = std::max(d.time, std::fabs(x[n][k] - y[n][k]));
  }
  for (std::size_t n = 0; n < a.voltage_integrals.size(); ++n)
    d.integral = std::max(d.integral, std::fabs(a.voltage_integrals[n] - b.voltage_integrals[n]));
  return d;
}

}  // namespace

TEST_CASE("steps come to the exact spikes and integrals with first order") {
  std::size_t compared = 0, spikes = 0;
  for (std::uint64_t seed = 1; seed <= 16; ++seed) {
    test::RandomNetworkSpec spec;
    spec.seed = seed;
    spec.duration = 64.0;
    spec.delays = seed % 2 == 0;
    spec.wiring = seed % 3 == 0 ? test::Wiring::recurrent : test::Wiring::feed_forward;
    spec.recurrence = 0.5;
    const test::RandomNetwork random = test::random_network(spec);
    RunOptions options;
    options.readout = {
        Readout::Kind::voltage_integral, *random.network.find_population("out"), {}, false};
    const Tape exact = SequentialMachine(random.network).run(random.trial, options);
    const auto of_steps = [&](Time step) {
      const SteppedMachine machine(random.network, step);
      return distance(random.network, machine.run(random.trial, options), exact);
    };
    CAPTURE(seed, exact.spikes.size());
    const Distance fine = of_steps(0x1p-11), finer = of_steps(0x1p-14);
    if (!fine.same_counts || !finer.same_counts) continue;  // a spike too close to none
    ++compared;
    spikes += exact.spikes.size();
    // At most some steps, and an eighth of them for an eighth of the step, up to where on the grid
    // spikes happen to lie.
    CHECK(fine.time < 200 * 0x1p-11);
    CHECK(finer.time < fine.time / 2);
    CHECK(finer.integral < fine.integral / 3);
    CHECK(finer.time > 0.0);
  }
  CHECK(compared >= 14);
  CHECK(spikes > 500);
}

TEST_CASE("one volley through a chain is late by less than a step per layer and spike") {
  // V rises through each threshold with a steep slope, so that each layer adds at most one step of
  // its own, and delays that are no multiples half a step.
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  std::uint32_t last = in;
  constexpr int layers = 5;
  for (int l = 0; l < layers; ++l) {
    const auto next = builder.add({.name = "n" + std::to_string(l), .size = 1, .t_ref = {100.0}});
    builder.connect(last, next, {{0, 0, 10.0, 1.23}});
    last = next;
  }
  const Network network = builder.build();
  const Trial trial{60.0, {{1.017, 0}}};
  const Tape exact = SequentialMachine(network).run(trial);
  REQUIRE(exact.spikes.size() == layers + 1);
  for (const Time step : {0.001, 0.01, 0.1, 0.5, 1.0}) {
    CAPTURE(step);
    const Tape tape = SteppedMachine(network, step).run(trial);
    REQUIRE(tape.spikes.size() == layers + 1);
    for (int l = 0; l <= layers; ++l)
      CHECK(std::fabs(tape.spikes[l].time - exact.spikes[l].time) <=
            (0.5 + 1.5 * l) * step + 1e-12);
  }
}

TEST_CASE("where all spikes lie on the grid steps are exact") {
  // The threshold is what V = 2 (1 - e^(-t/10)) has come to after 12 steps.
  constexpr Time step = 0.5;
  CubaLif driven{.tau_mem = 10.0, .bias = 2.0};
  driven.derive();
  MembraneState x;
  for (int k = 0; k < 12; ++k) x = driven.flow(x, step);
  NetworkBuilder builder;
  const auto a = builder.add({.name = "a",
                              .size = 1,
                              .tau_mem = {10.0},
                              .v_threshold = {x.v},
                              .bias = {2.0},
                              .t_ref = {1.5}});
  const auto out = builder.add({.name = "out", .model = Model::cuba_li, .size = 1});
  builder.connect(a, out, {{0, 0, 1.0, 2.5}});
  const Network network = builder.build();
  const Tape tape = SteppedMachine(network, step).run({97.0, {}});
  const Tape exact = SequentialMachine(network).run({97.0, {}});
  REQUIRE(tape.spikes.size() == exact.spikes.size());
  REQUIRE(tape.spikes.size() == 13);  // every 6 + 1.5 ms, the last one not let go before the end
  CHECK(tape.deliveries == exact.deliveries);
  for (std::size_t k = 0; k < tape.spikes.size(); ++k) {
    CHECK(tape.spikes[k].time == 6.0 + 7.5 * static_cast<double>(k));
    CHECK(std::fabs(tape.spikes[k].time - exact.spikes[k].time) < 1e-11);
    CHECK(tape.spikes[k].slope == Approx(exact.spikes[k].slope).epsilon(1e-10));
    CHECK(tape.spikes[k].released_slope == Approx(exact.spikes[k].released_slope).epsilon(1e-10));
  }
}
