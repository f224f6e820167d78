// The approximations on the way to the chip. References: with all of them the emulator, bit for
// bit; with none the exact engine; on the grid alone the exact engine sampled once a step.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/adjoint/backward.hpp>
#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/engine/runaway.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/deploy/approximation.hpp>
#include <retrograde/hardware/loihi2/deploy/chip_machine.hpp>
#include <retrograde/hardware/loihi2/deploy/quantize.hpp>
#include <retrograde/hardware/loihi2/emulator/emulator.hpp>

#include "tests/support/chip_ready.hpp"
#include "tests/support/tape_fingerprint.hpp"

using namespace retrograde;
using namespace retrograde::loihi2;
using namespace retrograde::test;

namespace {

struct Case {
  RandomNetwork random;
  RunOptions options;
  Quantized quantized;
};

Case random_case(std::uint64_t seed, const QuantizeOptions& quantize_options = {}) {
  RandomNetworkSpec spec;
  spec.seed = seed;
  spec.hidden = 12;
  spec.delays = seed % 3 == 0;
  constexpr Wiring wirings[] = {Wiring::recurrent, Wiring::feed_forward, Wiring::self_connected};
  spec.wiring = wirings[seed % 3];
  spec.timing = seed % 2 == 0 ? Timing::scattered : Timing::volleys;
  Case c{chip_ready(spec), {}, {}};
  constexpr Readout::Kind kinds[] = {Readout::Kind::voltage_integral,
                                     Readout::Kind::voltage_maximum, Readout::Kind::first_spike};
  c.options.readout.kind = kinds[seed / 3 % 3];
  const Network& network = c.random.network;
  c.options.readout.population = *network.find_population(
      c.options.readout.kind == Readout::Kind::first_spike ? "hidden" : "out");
  c.quantized = quantize(network, quantize_options);
  return c;
}

}  // namespace

TEST_CASE("with all approximations nothing is left but the chip, bit for bit") {
  std::uint64_t overflows = 0, spikes = 0, refractory = 0;
  for (std::uint64_t seed = 1; seed <= 48; ++seed) {
    CAPTURE(seed);
    QuantizeOptions options;
    options.groups = seed % 5 == 0 ? 1 : 1 + static_cast<std::uint32_t>(seed % 4);
    options.weight_exponent = seed % 5 == 0 ? 5 : static_cast<int>(seed % 3);
    options.step = seed % 2 == 0 ? 1.0 : 0.5;
    const Case c = random_case(seed, options);
    for (const loihi2::CubaLif& neuron : c.quantized.chip.neurons)
      refractory += neuron.refractory_delay > 1;
    Semantics semantics;
    if (seed % 4 == 1)
      semantics = {Overflow::saturate, Overflow::twos_complement, Overflow::saturate};
    if (seed % 4 == 2)
      semantics = {Overflow::twos_complement, Overflow::saturate, Overflow::twos_complement};
    // Narrow registers are reached by loud inputs: the same trial with every weight at its largest.
    ChipNetwork chip = c.quantized.chip;
    if (seed % 5 == 0)
      for (ChipProjection& p : chip.projections)
        for (ChipSynapse& s : p.synapses)
          s.weight = stored_weight(s.weight < 0 ? -255 : 255, p.format);
    const Emulator emulator(chip, semantics);
    EmulationOptions emulation_options;
    emulation_options.readout = c.options.readout;
    const Emulation chip_run = emulator.run(c.random.trial, emulation_options);
    for (const PopulationActivity& p : chip_run.populations)
      overflows += p.a_overflows + p.u_wraps + p.v_saturations;
    const ApproximateNetwork approximate(c.random.network, chip, ApproximationSet::all(),
                                         semantics);
    const Tape tape = approximate.run(c.random.trial, c.options);

    REQUIRE(tape.spikes.size() == chip_run.spikes.size());
    std::vector<Spike> expected;
    for (const ChipSpike& s : chip_run.spikes) {
      const ChipPopulation& p = chip.populations[chip.population_of(s.neuron)];
      const double phase = p.model == ChipModel::input ? 0.0 : chip.spike_phase;
      expected.push_back(
          {(static_cast<double>(s.step) - static_cast<double>(p.lag) + phase) * chip.step,
           s.neuron});
    }
    std::sort(expected.begin(), expected.end());
    for (std::size_t k = 0; k < expected.size(); ++k) {
      REQUIRE(tape.spikes[k].neuron == expected[k].neuron);
      REQUIRE(tape.spikes[k].time == expected[k].time);
    }
    spikes += expected.size();
    REQUIRE(decide(c.random.network, c.options.readout, tape) == chip_run.decision);
    REQUIRE(tape.voltage_integrals == chip_run.voltage_integrals);
    for (std::size_t n = 0; n < tape.voltage_maxima.size(); ++n)
      REQUIRE(tape.voltage_maxima[n].v == chip_run.voltage_maxima[n]);
  }
  CHECK(spikes > 2000);
  CHECK(overflows > 100);
  CHECK(refractory > 50);
}

TEST_CASE("without approximations the exact engine runs, with the exact parameters") {
  const Case c = random_case(4);
  const ApproximateNetwork none(c.random.network, c.quantized.chip, {});
  CHECK(std::equal(none.network().parameters().begin(), none.network().parameters().end(),
                   c.random.network.parameters().begin()));
  CHECK(retrograde::test::fingerprint(none.run(c.random.trial, c.options)) ==
        retrograde::test::fingerprint(run(c.random.network, c.random.trial, c.options)));
}

TEST_CASE("each approximation of parameters replaces its own") {
  const Case c = random_case(7);
  const Network represented = dequantize(c.quantized.chip, c.random.network);
  const auto replaced = [&](Approximation a, ParameterKind kind) {
    const ApproximateNetwork approximate(c.random.network, c.quantized.chip,
                                         ApproximationSet{}.with(a));
    const auto values = approximate.network().parameters(kind);
    const auto chip = represented.parameters(kind), exact = c.random.network.parameters(kind);
    CHECK(!std::equal(chip.begin(), chip.end(), exact.begin()));
    return std::equal(values.begin(), values.end(), chip.begin());
  };
  constexpr std::pair<Approximation, ParameterKind> owners[] = {
      {Approximation::delays, ParameterKind::delay},
      {Approximation::weights, ParameterKind::weight},
      {Approximation::decays, ParameterKind::tau_mem},
      {Approximation::threshold, ParameterKind::v_threshold}};
  for (const auto& [approximation, kind] : owners)
    for (const auto& [other, unused] : owners) {
      CAPTURE(name(other), name(kind));
      CHECK(replaced(other, kind) == (other == approximation));
    }
}

TEST_CASE("on the time grid a refractory period is a whole number of steps") {
  const Case c = random_case(7);
  const Network represented = dequantize(c.quantized.chip, c.random.network);
  const auto of = [&](Approximation a) {
    const ApproximateNetwork approximate(c.random.network, c.quantized.chip,
                                         ApproximationSet{}.with(a));
    const auto values = approximate.network().parameters(ParameterKind::t_ref);
    return std::vector<double>(values.begin(), values.end());
  };
  const auto chip = represented.parameters(ParameterKind::t_ref);
  const auto exact = c.random.network.parameters(ParameterKind::t_ref);
  REQUIRE(!std::equal(chip.begin(), chip.end(), exact.begin()));
  CHECK(of(Approximation::time_grid) == std::vector<double>(chip.begin(), chip.end()));
  CHECK(of(Approximation::weights) == std::vector<double>(exact.begin(), exact.end()));
}

TEST_CASE("on the time grid alone V is the exact one, sampled: arrivals need not lie on it") {
  // A readout that nothing resets; inputs on the grid, so that nothing but the sampling is left.
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 5});
  const auto out = builder.add({.name = "out",
                                .model = Model::cuba_li,
                                .size = 3,
                                .tau_mem = {12.0, 20.0, 5.0},
                                .tau_syn = {4.0, 20.0, 2.0},
                                .bias = {0.1, 0.0, -0.2}});
  Random random(5, "grid");
  std::vector<SynapseSpec> synapses;
  for (std::uint32_t i = 0; i < 5; ++i)
    for (std::uint32_t j = 0; j < 3; ++j)
      synapses.push_back({i, j, random.normal(0.0, 2.0), random.uniform(1.0, 15.0)});
  builder.connect(in, out, std::move(synapses));
  const Network network = builder.build();
  Trial trial{80.0, {}};
  for (NeuronId i = 0; i < 5; ++i)
    for (int k = 0; k < 4; ++k) trial.inputs.push_back({std::floor(random.uniform(0.0, 60.0)), i});
  std::sort(trial.inputs.begin(), trial.inputs.end());
  trial.inputs.erase(std::unique(trial.inputs.begin(), trial.inputs.end()), trial.inputs.end());

  RunOptions options;
  options.readout.kind = Readout::Kind::voltage_integral;
  options.readout.population = out;
  const Quantized quantized = quantize(network);
  const ApproximateNetwork grid(network, quantized.chip,
                                ApproximationSet{}.with(Approximation::time_grid));
  const Tape tape = grid.run(trial, options);
  const std::vector<Probe> probes = {{{5, 6, 7}, 1.0}};
  std::vector<Recording> recordings;
  run(network, trial, options, probes, &recordings);
  for (std::uint32_t j = 0; j < 3; ++j) {
    double sum = 0.0;
    for (int n = 1; n <= 80; ++n) sum += recordings[0].v[j][static_cast<std::size_t>(n)];
    CHECK(tape.voltage_integrals[5 + j] == Approx(sum).epsilon(1e-11));
  }
}

TEST_CASE("the finer the grid, the nearer its spikes are to the exact ones") {
  RandomNetworkSpec spec;
  spec.seed = 21;
  spec.hidden = 10;
  spec.refractory = false;
  const RandomNetwork random = chip_ready(spec);
  const Tape exact = run(random.network, random.trial, {});
  double last = 1e9;
  for (const Time step : {0.1, 0.03, 0.01}) {
    QuantizeOptions options;
    options.step = step;
    const Quantized q = quantize(random.network, options);
    const ApproximateNetwork grid(random.network, q.chip,
                                  ApproximationSet{}.with(Approximation::time_grid));
    const Tape tape = grid.run(random.trial, {});
    std::vector<std::vector<Time>> a(random.network.neuron_count()), b = a;
    for (const TapeSpike& s : exact.spikes) a[s.neuron].push_back(s.time);
    for (const TapeSpike& s : tape.spikes) b[s.neuron].push_back(s.time);
    double worst = 0.0;
    for (NeuronId n = 0; n < random.network.neuron_count(); ++n) {
      const std::size_t common = std::min(a[n].size(), b[n].size());
      for (std::size_t k = 0; k < std::min<std::size_t>(common, 2); ++k)
        worst = std::max(worst, std::fabs(a[n][k] - b[n][k]));
    }
    CAPTURE(step, worst);
    CHECK(worst < 0.5 * last);
    last = worst;
  }
  CHECK(last < 0.2);  // ms; crossings that graze
}

TEST_CASE("latency costs nothing where lags make up for it, and something on short cycles") {
  const auto differs = [](bool recurrent) {
    NetworkBuilder builder;
    const auto in = builder.add({.name = "in", .model = Model::input, .size = 3});
    const auto h = builder.add({.name = "hidden", .size = 5});
    const auto next = builder.add({.name = "next", .size = 5});
    std::vector<SynapseSpec> first, second, loop;
    for (std::uint32_t i = 0; i < 3; ++i)
      for (std::uint32_t j = 0; j < 5; ++j) first.push_back({i, j, 6.0 + j, 0.0});
    for (std::uint32_t i = 0; i < 5; ++i)
      for (std::uint32_t j = 0; j < 5; ++j) {
        second.push_back({i, j, 3.0, 0.0});
        loop.push_back({i, j, 2.0, 0.1});
      }
    builder.connect(in, h, first);
    builder.connect(h, next, second);
    if (recurrent) builder.connect(h, h, loop);
    const Network network = builder.build();
    Trial trial{60.0, {{1.0, 0}, {2.0, 1}, {3.0, 2}, {12.0, 0}, {20.0, 1}, {31.0, 2}}};
    const Quantized q = quantize(network);
    const ApproximationSet grid = ApproximationSet{}.with(Approximation::time_grid);
    const Tape without = ApproximateNetwork(network, q.chip, grid).run(trial, {});
    const Tape with =
        ApproximateNetwork(network, q.chip, grid.with(Approximation::latency)).run(trial, {});
    CHECK(without.spikes.size() > 15);
    return retrograde::test::fingerprint(without) != retrograde::test::fingerprint(with);
  };
  CHECK(!differs(false));
  CHECK(differs(true));
}

TEST_CASE("gradients along the tape of the chip are those of differences through the chip") {
  // Output weights do not move any spike, so a difference of the loss is a derivative, but for what
  // the sum over steps differs from the integral.
  RandomNetworkSpec spec;
  spec.seed = 11;
  spec.duration = 200.0;
  spec.spikes_per_input = 10;
  const RandomNetwork random = chip_ready(spec);
  const std::uint32_t out = *random.network.find_population("out");
  const auto loss = make_loss(VoltageCrossEntropySpec{out, never, 5.0});
  QuantizeOptions quantize_options;
  quantize_options.step = 0.25;
  const Quantized q = quantize(random.network, quantize_options);
  ApproximationSet set = ApproximationSet{}.with(Approximation::time_grid);
  set = set.with(Approximation::latency).with(Approximation::threshold);
  RunOptions options;
  options.readout = loss->readout();
  const auto value = [&](const Network& network) {
    const Tape tape = ApproximateNetwork(network, q.chip, set).run(random.trial, options);
    return loss->evaluate(network, tape, 1).value;
  };
  const ApproximateNetwork chip(random.network, q.chip, set);
  const Tape tape = chip.run(random.trial, options);
  Gradient gradient{
      random.network.layout(), std::vector<double>(random.network.layout().size(), 0.0), {}};
  backward(*make_machine(chip.network()), tape, loss->evaluate(chip.network(), tape, 1),
           options.readout, {}, gradient);
  const Projection& projection =
      random.network.projections()[*random.network.find_projection("hidden->out")];
  double largest = 0.0;
  for (SynapseId k = 0; k < projection.size; ++k)
    largest = std::max(largest, std::fabs(gradient.parameters[projection.first + k]));
  REQUIRE(largest > 1e-3);
  for (SynapseId k = 0; k < projection.size; ++k) {
    const SynapseId s = projection.first + k;
    const auto moved = [&](double by) {
      std::vector<double> values(random.network.parameters().begin(),
                                 random.network.parameters().end());
      values[s] += by;
      return value(random.network.with_parameters(std::move(values)));
    };
    const double difference = (moved(1e-4) - moved(-1e-4)) / 2e-4;
    CAPTURE(k, difference);
    CHECK(gradient.parameters[s] == Approx(difference).epsilon(0.03).margin(0.01 * largest));
  }
}

TEST_CASE("a loss that looks at V at all times cannot be read off a chip") {
  Case c = random_case(1);
  c.options.readout.trace = true;
  const ApproximateNetwork chip(c.random.network, c.quantized.chip, ApproximationSet::all());
  CHECK_THROWS_AS(chip.run(c.random.trial, c.options), DeploymentError);
}

TEST_CASE("the chip as a machine keeps what a machine promises: limits, stops and recordings") {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto n = builder.add({.name = "n", .size = 1, .tau_mem = {2.0}, .bias = {5.0}});
  builder.connect(in, n, {{0, 0, 1.0, 3.0}});
  const Network network = builder.build();
  const ChipMachine machine(network, {});
  RunOptions options;

  // It fires in every step.
  options.max_rate = 0.5;
  CHECK_NOTHROW(machine.run({1990.0, {}}, options));
  try {
    machine.run({2100.0, {}}, options);
    FAIL("no error");
  } catch (const RunawayError& error) {
    CHECK(error.neuron == 1);
    CHECK(error.time == Approx(2000.5).margin(3.0));
    CHECK_THAT(error.what(), Catch::Contains("max_rate"));
  }

  // A trial of 10^9 steps takes no memory for them.
  options.max_rate = 10.0;
  std::vector<Time> told;
  options.progress = [&](Time t) {
    told.push_back(t);
    return told.size() < 3;
  };
  CHECK_THROWS_AS(machine.run({1e9, {}}, options), Interrupted);
  REQUIRE(told.size() == 3);
  CHECK(told[0] < told[1]);
  CHECK(told[2] < 1e4);

  std::vector<Recording> recordings(3);
  machine.run({10.0, {}}, {}, {}, &recordings);
  CHECK(recordings.empty());
}
