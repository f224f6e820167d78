// Why a spike is missing on the chip: networks of one neuron in which a single approximation
// decides, by hand; and on random networks, that all approximations together are always enough.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include <retrograde/engine/scheduler.hpp>
#include <retrograde/hardware/loihi2/deploy/quantize.hpp>
#include <retrograde/hardware/loihi2/deploy/spike_cause.hpp>
#include <retrograde/hardware/spike_match.hpp>

#include "tests/support/chip_ready.hpp"

using namespace retrograde;
using namespace retrograde::loihi2;

namespace {

const ApproximationTest& test_of(const SpikeCause& cause, Approximation a) {
  return *std::find_if(cause.tests.begin(), cause.tests.end(),
                       [a](const ApproximationTest& t) { return t.approximation == a; });
}

// Largest V that a weight of 1 makes, with tau_mem 20 and tau_syn 5 ms: K at its maximum, K as in
// hardware/loihi2/deploy/quantize.hpp.
double peak() {
  const double a = 1.0 / 20.0, b = 1.0 / 5.0, t = std::log(b / a) / (b - a);
  return a * (std::exp(-a * t) - std::exp(-b * t)) / (b - a);
}

}  // namespace

TEST_CASE("why: a spike that the clipped weight cannot make", "[loihi2]") {
  // Two synapses: the percentile of weights clips the large one, which alone would fire.
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 8});
  const auto n = builder.add({.name = "n", .size = 1});
  std::vector<SynapseSpec> synapses;
  for (std::uint32_t k = 0; k < 8; ++k)
    synapses.push_back({k, 0, k == 0 ? 1.3 / peak() : 0.4 / peak(), 2.0});
  builder.connect(in, n, synapses, "in->n");
  const Network network = builder.build();
  QuantizeOptions options;
  options.clip_percentile = 75.0;
  const Emulator chip(quantize(network, options).chip);
  const Trial trial{60.0, {{3.0, 0}}};
  const Tape exact = run(network, trial);
  REQUIRE(exact.spikes.size() == 2);
  REQUIRE(chip.run(trial).spikes.size() == 1);

  const SpikeCause cause = explain_spike(network, chip, trial, 8, exact.spikes[1].time, true, 1.5);
  REQUIRE(cause.tests.size() == approximations.size());
  for (const ApproximationTest& test : cause.tests)
    CHECK(test.alone == (test.approximation == Approximation::weights));
  CHECK(cause.tests.back().added);
  CHECK_FALSE(test_of(cause, Approximation::delays).added);
  CHECK(cause.exact_reach == 1.0);
  CHECK(*cause.chip_reach < 0.9);
  REQUIRE(cause.sources.size() == 1);
  CHECK(cause.sources[0].source == 0);
  CHECK(cause.sources[0].exact == 5.0);
  CHECK(*cause.sources[0].chip == Approx(5.0).margin(1e-9));
  CHECK(cause.sources[0].chip_weight < 0.5 * cause.sources[0].weight);
  CHECK(cause.collisions == 0);
}

TEST_CASE("why: two inputs in one step are one on the chip", "[loihi2]") {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto n = builder.add({.name = "n", .size = 1});
  builder.connect(in, n, {{0, 0, 0.7 / peak(), 2.0}}, "in->n");
  const Network network = builder.build();
  const Emulator chip(quantize(network).chip);
  const Trial trial{60.0, {{3.0, 0}, {3.25, 0}}};
  const Tape exact = run(network, trial);
  REQUIRE(exact.spikes.size() == 3);
  const SpikeCause cause = explain_spike(network, chip, trial, 1, exact.spikes[2].time, true, 1.5);
  for (const ApproximationTest& test : cause.tests) {
    // Latency, truncation and overflow come with the grid.
    const bool stepped = ApproximationSet::alone(test.approximation).stepped();
    CHECK(test.alone == stepped);
    CHECK(test.added);
  }
  CHECK(cause.collisions == 1);
}

TEST_CASE(
    "why: an input that was lost is one, however many synapses it has, and what comes later is "
    "none",
    "[loihi2]") {
  // As above with half the weight over each of two synapses; the last input comes after the spike.
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto n = builder.add({.name = "n", .size = 1});
  builder.connect(in, n, {{0, 0, 0.35 / peak(), 2.0}}, "one");
  builder.connect(in, n, {{0, 0, 0.35 / peak(), 2.0}}, "two");
  const Network network = builder.build();
  const Emulator chip(quantize(network).chip);
  const Trial trial{60.0, {{3.0, 0}, {3.25, 0}, {40.0, 0}}};
  const Tape exact = run(network, trial);
  REQUIRE(exact.spikes.size() == 4);
  REQUIRE(exact.spikes[2].neuron == 1);
  const SpikeCause cause = explain_spike(network, chip, trial, 1, exact.spikes[2].time, true, 1.5);
  CHECK(cause.collisions == 1);
  // Two inputs over two synapses, 2 ms after them.
  REQUIRE(cause.sources.size() == 4);
  CHECK(cause.sources[0].exact == 5.0);
  CHECK(cause.sources[1].exact == 5.0);
  CHECK(cause.sources[2].exact == 5.25);
  CHECK(cause.sources[3].exact == 5.25);
}

TEST_CASE("why: delays that were clipped are counted", "[loihi2]") {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto n = builder.add({.name = "n", .size = 1});
  builder.connect(in, n, {{0, 0, 1.5 / peak(), 80.0}}, "in->n");
  const Network network = builder.build();
  const Emulator chip(quantize(network).chip);
  const Trial trial{120.0, {{3.0, 0}}};
  const Tape exact = run(network, trial);
  REQUIRE(exact.spikes.size() == 2);
  const SpikeCause cause = explain_spike(network, chip, trial, 1, exact.spikes[1].time, true, 1.5);
  for (const ApproximationTest& test : cause.tests)
    CHECK(test.alone == (test.approximation == Approximation::delays));
  CHECK(cause.delays_moved == 1);
  CHECK(cause.mean_shift < -10.0);
}

TEST_CASE("why: on random networks all approximations together do what the chip does", "[loihi2]") {
  int explained = 0, alone = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const test::RandomNetwork r = test::chip_ready({.seed = seed});
    const Emulator chip(quantize(r.network).chip);
    SpikeTrains a, b;
    for (const Population& p : r.network.populations()) {
      a.populations.push_back({p.name, {p.size, std::vector<Time>{}}});
      b.populations.push_back(a.populations.back());
    }
    const auto put = [&](SpikeTrains& trains, NeuronId n, Time t) {
      const std::uint32_t p = r.network.population_of(n);
      trains.populations[p].neurons[n - r.network.populations()[p].first]->push_back(t);
    };
    for (const TapeSpike& s : run(r.network, r.trial).spikes) put(a, s.neuron, s.time);
    for (const ChipSpike& s : chip.run(r.trial).spikes) put(b, s.neuron, chip.time_of(s));
    const SpikeMatch m = match(a, b, 1.5);
    if (!m.first) continue;
    const Population& p =
        r.network
            .populations()[*r.network.find_population(m.populations[m.first->population].name)];
    if (p.model->is_input()) continue;
    const SpikeCause cause = explain_spike(r.network, chip, r.trial, p.first + m.first->neuron,
                                           m.first->time, m.first->on_a, 1.5);
    INFO("seed " << seed);
    CHECK(cause.tests.back().added);
    ++explained;
    alone += std::any_of(cause.tests.begin(), cause.tests.end(),
                         [](const ApproximationTest& t) { return t.alone; });
  }
  CHECK(explained > 20);
  CHECK(alone > 10);
}
