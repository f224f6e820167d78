// The two schedulers are one engine. On random networks of all shapes the windowed one leaves the
// tape of the sequential one (spike times to 1e-12 of their size) and its gradient (to 1e-10 of the
// largest of a kind), and the bound that spares it most replays never shows in a bit. Reference:
// the sequential scheduler, and the windowed one that trusts no bound.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <tbb/global_control.h>

#include <retrograde/adjoint/loss/first_spike_cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_maximum_cross_entropy.hpp>
#include <retrograde/adjoint/sequential/sequential.hpp>
#include <retrograde/adjoint/windowed/windowed.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/engine/windowed/window_plan.hpp>
#include <retrograde/engine/windowed/windowed.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/fingerprint.hpp>
#include <retrograde/events/random.hpp>

#include "tests/support/random_network.hpp"
#include "tests/support/tape_fingerprint.hpp"

using namespace retrograde;
using test::fingerprint;

namespace {

struct Case {
  test::RandomNetworkSpec spec;
  test::RandomNetwork random;
  std::uint32_t hidden, out;

  explicit Case(const test::RandomNetworkSpec& s)
      : spec(s),
        random(test::random_network(s)),
        hidden(*random.network.find_population("hidden")),
        out(*random.network.find_population("out")) {
    // Volleys may go on after the duration; no end on a window's boundary.
    for (const Spike& spike : random.trial.inputs)
      random.trial.duration = std::max(random.trial.duration, spike.time + 7.3);
  }
};

template <typename Body>
void for_each_case(std::uint64_t seeds, const Body& body) {
  for (const auto wiring :
       {test::Wiring::recurrent, test::Wiring::self_connected, test::Wiring::feed_forward})
    for (const auto timing :
         {test::Timing::scattered, test::Timing::volleys, test::Timing::simultaneous})
      for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        test::RandomNetworkSpec spec;
        spec.seed = seed;
        spec.hidden = seed % 2 == 0 ? 6 : 13;
        spec.wiring = wiring;
        spec.timing = timing;
        spec.delays = seed % 3 == 0;
        spec.nearly_equal = seed % 4 == 0;
        const Case c(spec);
        CAPTURE(static_cast<int>(wiring), static_cast<int>(timing), seed);
        REQUIRE(make_plan(c.random.network).obstacle.empty());
        body(c);
      }
}

// Up to the order of additions, relative to the size of the numbers or of `scale`.
bool same(double a, double b, double tolerance, double scale = 1.0) {
  return std::fabs(a - b) <= tolerance * std::max({std::fabs(a), std::fabs(b), scale});
}

void check_same_spikes(const Tape& a, const Tape& b) {
  REQUIRE(a.spikes.size() == b.spikes.size());
  CHECK(a.deliveries == b.deliveries);
  std::size_t different = 0;
  for (std::size_t k = 0; k < a.spikes.size(); ++k) {
    const TapeSpike &s = a.spikes[k], &t = b.spikes[k];
    // The sequential scheduler notes a release only if something reaches the neuron after it.
    const bool released = s.released_slope != 0.0;
    different += s.neuron != t.neuron || !same(s.time, t.time, 1e-12, 0.0) ||
                 !same(s.slope, t.slope, 1e-9) ||
                 (released && !same(s.released_slope, t.released_slope, 1e-9));
  }
  CHECK(different == 0);
}

void check_same_gradient(const Network& network, const Tape& tape, const Loss& loss, int label,
                         BackwardOptions options) {
  const LossValue value = loss.evaluate(network, tape, label);
  const auto gradient_by = [&](const auto& pass, BackwardStatistics& statistics) {
    Gradient g{network.layout(), std::vector<double>(network.layout().size(), 0.0), {}};
    if (options.neuron_parameters) g.initial_v.resize(network.neuron_count());
    statistics = pass(network, tape, value, loss.readout(), options, g);
    return g;
  };
  BackwardStatistics of_a, of_b;
  const Gradient a = gradient_by(backward_sequential, of_a);
  const Gradient b =
      gradient_by([](const Network& n,
                     auto&&... rest) { return backward_windowed(WindowedMachine(n), rest...); },
                  of_b);
  CHECK(of_a.deliveries == of_b.deliveries);
  CHECK(of_a.grazing.grazing == of_b.grazing.grazing);
  CHECK(of_a.grazing.smallest_slope == of_b.grazing.smallest_slope);
  CHECK(of_a.grazing.arrival_ties == of_b.grazing.arrival_ties);
  CHECK(of_a.grazing.spike_ties == of_b.grazing.spike_ties);
  const auto check = [](std::span<const double> x, std::span<const double> y) {
    REQUIRE(x.size() == y.size());
    double largest = 0.0, error = 0.0;
    for (std::size_t k = 0; k < x.size(); ++k) {
      largest = std::fmax(largest, std::fabs(x[k]));
      error = std::fmax(error, std::fabs(x[k] - y[k]));
    }
    CHECK(error <= 1e-10 * largest);
  };
  for (const ParameterKind kind : parameter_kinds) {
    CAPTURE(name(kind));
    check(a.of(kind), b.of(kind));
  }
  check(a.input_times, b.input_times);
  check(a.initial_v, b.initial_v);
}

}  // namespace

TEST_CASE("windowed and sequential runs of random networks leave the same tape") {
  std::size_t spikes = 0;
  for_each_case(24, [&](const Case& c) {
    RunOptions options;
    options.readout = {Readout::Kind::voltage_integral, c.out,
                       c.spec.seed % 3 == 0   ? TimeWeight()
                       : c.spec.seed % 3 == 1 ? TimeWeight(20.0)
                                              : TimeWeight::linear()};
    const Network& network = c.random.network;
    const Tape reference = run_sequential(network, c.random.trial, options);
    const Tape tape = run_windowed(network, c.random.trial, options);
    check_same_spikes(reference, tape);
    REQUIRE(reference.voltage_integrals.size() == tape.voltage_integrals.size());
    for (std::size_t n = 0; n < tape.voltage_integrals.size(); ++n)
      CHECK(same(reference.voltage_integrals[n], tape.voltage_integrals[n], 1e-11));
    // All windows are replayed, and not a bit is different.
    CHECK(
        fingerprint(WindowedMachine(network, WindowedOptions{true}).run(c.random.trial, options)) ==
        fingerprint(tape));
    spikes += tape.spikes.size();
  });
  CHECK(spikes > 20000);
}

TEST_CASE("co-moving frames whose base moves on leave the tape and the gradient of the oracle") {
  std::size_t spikes = 0;
  for (const auto& [tau_mem, tau_syn] :
       std::vector<std::pair<double, double>>{{20.0, 5.0}, {4.0, 11.0}, {9.0, 1.5}}) {
    CAPTURE(tau_mem, tau_syn);
    Random random(11, "co-moving");
    NetworkBuilder builder;
    const auto in = builder.add({.name = "in", .model = Model::input, .size = 6});
    const auto hidden = builder.add({.name = "hidden",
                                     .size = 11,
                                     .tau_mem = {tau_mem},
                                     .tau_syn = {tau_syn},
                                     .bias = {0.2},
                                     .t_ref = {1.5}});
    const auto out = builder.add({.name = "out", .model = Model::cuba_li, .size = 3});
    const auto all = [&](std::uint32_t sources, std::uint32_t targets, double mean, double spread) {
      std::vector<SynapseSpec> synapses;
      for (std::uint32_t i = 0; i < sources; ++i)
        for (std::uint32_t j = 0; j < targets; ++j)
          synapses.push_back({i, j, random.normal(mean, spread), random.uniform(0.6, 40.0)});
      return synapses;
    };
    builder.connect(in, hidden, all(6, 11, 0.9, 0.4));
    builder.connect(hidden, hidden, all(11, 11, -0.05, 0.4));
    builder.connect(hidden, out, all(11, 3, 0.0, 1e-3));
    const Network network = std::move(builder).build();
    const WindowPlan plan = make_plan(network);
    REQUIRE(plan.layers.at(0).frames.at(0).co_moving);
    Trial trial{3001.7, {}};
    for (int k = 0; k < 500; ++k)
      trial.inputs.push_back({random.uniform(0.0, 3000.0), static_cast<NeuronId>(random.index(6))});
    std::sort(trial.inputs.begin(), trial.inputs.end());
    REQUIRE(trial.duration / std::fmin(tau_mem, tau_syn) > 2.5 * frame_reach);

    const auto loss = make_loss(VoltageCrossEntropySpec{out, TimeWeight::linear()});
    RunOptions options;
    options.readout = loss->readout();
    const Tape tape = run_windowed(network, trial, options);
    check_same_spikes(run_sequential(network, trial, options), tape);
    CHECK(fingerprint(WindowedMachine(network, WindowedOptions{true}).run(trial, options)) ==
          fingerprint(tape));
    check_same_gradient(network, tape, *loss, 1, {.neuron_parameters = true, .spike_kick = {}});
    spikes += tape.spikes.size() - trial.inputs.size();
  }
  CHECK(spikes > 1000);
}

TEST_CASE(
    "a frame is for neurons that share two time constants which differ, and dense projections") {
  const auto frame_of = [](std::vector<double> tau_mem, double tau_syn, Time delay, bool dense) {
    NetworkBuilder builder;
    const auto in = builder.add({.name = "in", .model = Model::input, .size = 2});
    const auto h =
        builder.add({.name = "h", .size = 2, .tau_mem = std::move(tau_mem), .tau_syn = {tau_syn}});
    std::vector<SynapseSpec> synapses{{0, 0, 1.0, 1.0}, {0, 1, 1.0, delay}, {1, 0, 1.0, 2.0}};
    if (dense) synapses.push_back({1, 1, 1.0, 1.0});
    builder.connect(in, h, std::move(synapses));
    return make_plan(std::move(builder).build()).layers.at(0).frames.at(0);
  };
  CHECK(frame_of({20.0}, 5.0, 3.0, true).co_moving);
  CHECK(frame_of({5.0}, 20.0, 3.0, true).co_moving);
  CHECK_FALSE(frame_of({20.0}, 5.0, 3.0, false).co_moving);
  CHECK_FALSE(frame_of({20.0, 21.0}, 5.0, 3.0, true).co_moving);
  CHECK(frame_of({20.0, 21.0}, 5.0, 3.0, true).apart);
  CHECK_FALSE(frame_of({20.0}, 20.0, 3.0, true).apart);
  CHECK_FALSE(frame_of({20.0}, 17.0, 3.0, true).apart);
  CHECK(frame_of({20.0}, 5.0, 1499.0, true).co_moving);
  CHECK_FALSE(frame_of({20.0}, 5.0, 1501.0, true).co_moving);
}

TEST_CASE("windowed and sequential backward passes give the same gradient") {
  for_each_case(12, [&](const Case& c) {
    const Network& network = c.random.network;
    const auto voltage = make_loss(VoltageCrossEntropySpec{
        c.out, c.spec.seed % 2 == 0 ? TimeWeight(25.0) : TimeWeight::linear(), 3.0});
    const auto first = make_loss(FirstSpikeCrossEntropySpec{c.hidden, 5.0});
    const auto maximum = make_loss(VoltageMaximumCrossEntropySpec{c.out});
    const auto sigmoid = make_loss(VoltageCrossEntropySpec{c.out, TimeWeight::sigmoid()});
    const Time end = c.random.trial.duration;
    const auto window =
        make_loss(VoltageCrossEntropySpec{c.out, TimeWeight::window(0.2 * end, 0.7 * end)});
    const auto last = make_loss(VoltageCrossEntropySpec{c.out, TimeWeight::instant(never)});
    std::vector<double> kick(network.neuron_count(), 0.01);
    for (const Loss* loss :
         {voltage.get(), first.get(), maximum.get(), sigmoid.get(), window.get(), last.get()}) {
      CAPTURE(loss->name());
      // Either tape will do.
      RunOptions run;
      run.readout = loss->readout();
      const Tape tape = c.spec.seed % 2 == 0 ? run_sequential(network, c.random.trial, run)
                                             : run_windowed(network, c.random.trial, run);
      for (const bool all : {false, true}) {
        BackwardOptions options;
        options.neuron_parameters = all;
        if (c.spec.seed % 3 == 0) options.spike_kick = kick;
        check_same_gradient(network, tape, *loss, 1, options);
      }
    }
  });
}

TEST_CASE(
    "maxima, traces, integrals without a closed form and probes of a windowed run are those of its "
    "spikes") {
  for_each_case(4, [&](const Case& c) {
    const Network& network = c.random.network;
    const std::vector<Probe> probes{
        {{network.populations()[c.hidden].first, network.populations()[c.out].first, 0}, 0.37}};
    Readout maximum{Readout::Kind::voltage_maximum, c.out};
    maximum.trace = true;
    for (const Readout& readout :
         {maximum, Readout{Readout::Kind::voltage_integral, c.out, TimeWeight::sigmoid()},
          Readout{Readout::Kind::voltage_integral, c.out,
                  TimeWeight::window(3.0, c.random.trial.duration / 2)},
          Readout{Readout::Kind::voltage_integral, c.out, TimeWeight::instant(never)},
          Readout{Readout::Kind::voltage_integral, c.hidden, TimeWeight(30.0)}}) {
      RunOptions options;
      options.readout = readout;
      std::vector<Recording> expected, got;
      const Tape a = run_sequential(network, c.random.trial, options, probes, &expected);
      const Tape b = run_windowed(network, c.random.trial, options, probes, &got);
      check_same_spikes(a, b);
      CHECK(fingerprint(run_windowed(network, c.random.trial, options)) == fingerprint(b));
      for (std::size_t n = 0; n < a.voltage_integrals.size(); ++n)
        CHECK(same(a.voltage_integrals[n], b.voltage_integrals[n], 1e-11));
      REQUIRE(a.voltage_maxima.size() == b.voltage_maxima.size());
      for (std::size_t n = 0; n < a.voltage_maxima.size(); ++n) {
        CHECK(same(a.voltage_maxima[n].v, b.voltage_maxima[n].v, 1e-11));
        CHECK(a.voltage_maxima[n].arrivals == b.voltage_maxima[n].arrivals);
        CHECK(a.voltage_maxima[n].synapse == b.voltage_maxima[n].synapse);
      }
      REQUIRE(a.trace.size() == b.trace.size());
      for (std::size_t k = 0; k < a.trace_states.size(); ++k)
        CHECK(same(a.trace_states[k], b.trace_states[k], 1e-11));
      for (std::size_t n = 0; n < probes[0].neurons.size(); ++n) {
        REQUIRE(expected[0].v[n].size() == got[0].v[n].size());
        double error = 0.0;
        for (std::size_t k = 0; k < got[0].v[n].size(); ++k)
          error = std::max({error, std::fabs(expected[0].v[n][k] - got[0].v[n][k]),
                            std::fabs(expected[0].i[n][k] - got[0].i[n][k])});
        CHECK(error < 1e-10);
      }
    }
  });
}

namespace {

// Sparse, recurrent, in two chunks of a layer; every neuron fires a few times.
Network large_network(std::uint32_t size) {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 50});
  const auto h = builder.add({.name = "hidden", .size = size, .t_ref = {1.5}});
  const auto out = builder.add({.name = "out", .model = Model::cuba_li, .size = 3});
  Random random(4, "large network");
  const auto sparse = [&](std::uint32_t sources, std::uint32_t targets, std::size_t count,
                          double mean, double deviation) {
    std::vector<SynapseSpec> synapses;
    for (std::uint32_t i = 0; i < sources; ++i) {
      std::vector<std::uint32_t> chosen;
      while (chosen.size() < count)
        chosen.push_back(static_cast<std::uint32_t>(random.index(targets)));
      std::sort(chosen.begin(), chosen.end());
      chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
      for (const std::uint32_t j : chosen)
        synapses.push_back({i, j, random.normal(mean, deviation), random.uniform(1.0, 9.0)});
    }
    return synapses;
  };
  builder.connect(in, h, sparse(50, size, size / 10, 3.0, 2.0));
  builder.connect(h, h, sparse(size, size, 6, 1.0, 2.0));
  builder.connect(h, out, sparse(size, 3, 1, 0.0, 0.1));
  return builder.build();
}

void check_threads_inside(std::uint32_t size) {
  const Network network = large_network(size);
  Trial trial{30.0, {}};
  Random random(4, "large trial");
  for (int k = 0; k < 120; ++k)
    trial.inputs.push_back({random.uniform(0.0, 20.0), static_cast<NeuronId>(random.index(50))});
  std::sort(trial.inputs.begin(), trial.inputs.end());
  const auto loss = make_loss(VoltageCrossEntropySpec{2});
  RunOptions options;
  options.readout = loss->readout();

  std::vector<std::uint64_t> prints;
  Tape tape;
  for (const std::size_t threads : {1, 2, 7}) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    const WindowedMachine machine(network);
    tape = machine.run(trial, options);
    Fingerprint f;
    f.add(fingerprint(tape));
    const LossValue value = loss->evaluate(network, tape, 1);
    Gradient g{network.layout(), std::vector<double>(network.layout().size(), 0.0), {}};
    backward_windowed(machine, tape, value, loss->readout(), {}, g);
    f.add(std::span<const double>(g.parameters));
    f.add(std::span<const double>(g.input_times));
    prints.push_back(f.value());
  }
  CHECK(prints[1] == prints[0]);
  CHECK(prints[2] == prints[0]);
  CHECK(tape.spikes.size() > size);
  check_same_spikes(run_sequential(network, trial, options), tape);
  check_same_gradient(network, tape, *loss, 1, {.neuron_parameters = false, .spike_kick = {}});
}

}  // namespace

TEST_CASE("inside one trial 1, 2 and 7 threads give the same bits, and those of the oracle") {
  check_threads_inside(shared_layer + 700);
}

TEST_CASE("inside one large trial 1, 2 and 7 threads give the same bits, and those of the oracle",
          "[slow]") {
  check_threads_inside(window_chunk + 5000);
}

TEST_CASE("of several errors in one large trial any number of threads reports the first") {
  const std::uint32_t size = window_chunk + 5000;
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto h = builder.add({.name = "hidden", .size = size});
  std::vector<SynapseSpec> synapses;
  for (std::uint32_t j = 0; j < size; ++j) synapses.push_back({0, j, 20.0, 1.0});
  builder.connect(in, h, std::move(synapses));
  const Network network = builder.build();
  const WindowedMachine machine(network);
  const Tape tape = machine.run({10.0, {{1.0, 0}}});
  REQUIRE(tape.spikes.size() > size);
  LossValue value;
  value.spike_times.assign(tape.spikes.size(), 1.0);
  BackwardOptions options;
  options.grazing = {GrazingPolicy::error, 1e9};  // every spike is one
  for (int k = 0; k < 20; ++k) {
    Gradient g{network.layout(), std::vector<double>(network.layout().size(), 0.0), {}};
    try {
      backward_windowed(machine, tape, value, {}, options, g);
      FAIL("no error");
    } catch (const NumericalError& error) {
      CHECK(error.neuron == NeuronId{1});
    }
  }
}
