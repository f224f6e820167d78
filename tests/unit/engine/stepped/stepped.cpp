// The machine that goes in steps, against closed forms on the grid and a loop that anybody can check.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include <retrograde/engine/network/cuba_lif_neurons.hpp>
#include <retrograde/engine/runaway.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/engine/stepped/stepped.hpp>
#include <retrograde/events/error.hpp>

#include "tests/support/random_network.hpp"

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

// One input over one synapse onto one neuron.
struct One {
  double tau_mem = 20.0, tau_syn = 5.0, weight = 7.0, delay = 0.0, bias = 0.0, t_ref = 0.0;
  double axonal = 0.0, dendritic = 0.0;
  Model model = Model::cuba_lif;

  Network network() const {
    NetworkBuilder builder;
    PopulationSpec input{.name = "in", .model = Model::input, .size = 1};
    input.axonal_delay = {axonal};
    const auto in = builder.add(input);
    PopulationSpec spec{
        .name = "n", .model = model, .size = 1, .tau_mem = {tau_mem}, .tau_syn = {tau_syn}};
    spec.bias = {bias};
    spec.dendritic_delay = {dendritic};
    if (model == Model::cuba_lif) spec.t_ref = {t_ref};
    const auto n = builder.add(spec);
    builder.connect(in, n, {{0, 0, weight, delay}});
    return builder.build();
  }
  // V so long after an arrival.
  double v(Time s) const {
    CubaLif neuron{.tau_mem = tau_mem, .tau_syn = tau_syn, .bias = bias};
    neuron.derive();
    return weight * neuron.propagator(s).kernel;
  }
};

std::vector<Time> times_of(const Tape& tape, NeuronId neuron) {
  std::vector<Time> times;
  for (const TapeSpike& s : tape.spikes)
    if (s.neuron == neuron) times.push_back(s.time);
  return times;
}

std::vector<Time> fired(const One& one, Time step, const Trial& trial) {
  const Network network = one.network();
  return times_of(SteppedMachine(network, step).run(trial), 1);
}

// What the header says, written down as a loop: delays in a table of currents, one row per point.
Tape by_hand(const Network& network, const Trial& trial, Time step) {
  const auto points = static_cast<std::size_t>(std::lround(trial.duration / step));
  const auto nearest = [&](Time t) { return static_cast<std::size_t>(std::floor(t / step + 0.5)); };
  std::vector<std::vector<double>> current(points + 1,
                                           std::vector<double>(network.neuron_count(), 0.0));
  std::vector<MembraneState> x(network.neuron_count());
  std::vector<std::size_t> held(network.neuron_count(), 0);  // until this point
  Tape tape;
  tape.voltage_integrals.assign(network.neuron_count(), 0.0);
  for (std::size_t n = 0; n <= points; ++n) {
    std::vector<NeuronId> fired;
    for (NeuronId j = 0; j < network.neuron_count(); ++j) {
      if (network.is_input(j)) {
        for (const Spike& s : trial.inputs)
          if (s.neuron == j && nearest(s.time) == n && (fired.empty() || fired.back() != j))
            fired.push_back(j);
        continue;
      }
      const CubaLif& neuron = cuba_lif_neuron(network, j);
      if (n > 0) x[j] = neuron.flow(x[j], step);
      if (held[j] > 0 && n <= held[j]) x[j].v = neuron.v_reset;
      if (n > 0 && x[j].v >= neuron.v_threshold) {
        fired.push_back(j);
        x[j].v = neuron.v_reset;
        held[j] = n + nearest(neuron.t_ref);
      }
      if (n > 0) tape.voltage_integrals[j] += step * x[j].v;
    }
    for (const NeuronId j : fired) {
      tape.spikes.push_back({static_cast<double>(n) * step, 0.0, 0.0, j});
      for (const Synapse& s : network.outgoing(j))
        if (n + nearest(s.delay) <= points) current[n + nearest(s.delay)][s.target] += s.weight;
    }
    for (NeuronId j = 0; j < network.neuron_count(); ++j) x[j].i += current[n][j];
  }
  return tape;
}

}  // namespace

TEST_CASE("in steps a neuron fires at the first point at which V is at its threshold") {
  // Exactly it fires at 5.566280827766895 ms (design notes, 60 digits).
  const One one;
  for (const auto& [step, time] : {std::pair{0.01, 5.57}, {0.1, 5.6}, {0.5, 6.0}, {4.0, 8.0}}) {
    CAPTURE(step);
    const std::vector<Time> times = fired(one, step, {9.0, {{0.0, 0}}});
    REQUIRE(times.size() == 1);
    CHECK(times[0] == Approx(time).epsilon(1e-14));
    CHECK(one.v(time) >= 1.0);
    CHECK(one.v(time - step) < 1.0);
  }
}

TEST_CASE("in steps what happens between two points is not seen") {
  const One one{.weight = 6.4};  // V is above 1 around 9.24 ms, its maximum, only
  CHECK(one.v(9.24) > 1.0);
  CHECK(one.v(6.0) < 1.0);
  CHECK(one.v(12.0) < 1.0);
  const Network network = one.network();
  CHECK(times_of(SequentialMachine(network).run({60.0, {{0.0, 0}}}), 1).size() == 1);
  CHECK(times_of(SteppedMachine(network, 6.0).run({60.0, {{0.0, 0}}}), 1).empty());
  CHECK(times_of(SteppedMachine(network, 0.5).run({60.0, {{0.0, 0}}}), 1).size() == 1);
}

TEST_CASE("in steps reset and refractory period take whole steps") {
  // V = 2 (1 - e^(-t/10)) is 1 at 6.93 ms: at the seventh point after it was let go.
  One one{.tau_mem = 10.0, .weight = 0.0, .bias = 2.0};
  CHECK(fired(one, 1.0, {30.0, {}}) == std::vector<Time>{7.0, 14.0, 21.0, 28.0});
  one.t_ref = 2.4;  // two steps
  CHECK(fired(one, 1.0, {30.0, {}}) == std::vector<Time>{7.0, 16.0, 25.0});
  one.t_ref = 2.5;  // three
  CHECK(fired(one, 1.0, {30.0, {}}) == std::vector<Time>{7.0, 17.0, 27.0});
  one.t_ref = 1e300;  // for good
  CHECK(fired(one, 1.0, {30.0, {}}) == std::vector<Time>{7.0});
}

TEST_CASE("in steps the slopes of a tape are those of the state at its points") {
  One one{.tau_mem = 10.0, .weight = 0.0, .bias = 2.0, .t_ref = 2.0};
  const Network network = one.network();
  const Tape tape = SteppedMachine(network, 1.0).run({8.5, {}});
  REQUIRE(tape.spikes.size() == 1);
  CHECK(tape.spikes[0].slope == Approx(0.2 * std::exp(-0.7)));
  CHECK(tape.spikes[0].released_slope == 0.2);  // let go at the last point, 9 ms
  CHECK(SteppedMachine(network, 1.0).run({8.0, {}}).spikes[0].released_slope == 0.0);
  one.t_ref = 0.0;
  const Network free = one.network();
  CHECK(SteppedMachine(free, 1.0).run({8.0, {}}).spikes[0].released_slope == 0.2);
}

TEST_CASE("in steps inputs move to the nearest point, and one of a neuron is sent there") {
  const Network network = One{.weight = 1.0, .model = Model::cuba_li}.network();
  const SteppedMachine machine(network, 1.0);
  const auto points = [&](std::vector<Spike> inputs) {
    return times_of(machine.run({10.0, std::move(inputs)}), 0);
  };
  CHECK(points({{1.4, 0}, {2.5, 0}, {4.6, 0}}) == std::vector<Time>{1.0, 3.0, 5.0});
  CHECK(points({{0.0, 0}, {0.4, 0}, {0.6, 0}, {1.4, 0}}) == std::vector<Time>{0.0, 1.0});
  CHECK(points({{9.4, 0}, {9.9, 0}}) == std::vector<Time>{9.0, 10.0});
  CHECK(machine.run({10.0, {{9.4, 0}, {9.9, 0}}}).deliveries == 1);  // nothing arrives at the end
}

TEST_CASE("in steps the sum of the delays is rounded, and may be no step") {
  // Each would round to 0, together they are one step.
  const auto first = [](const One& one) { return fired(one, 1.0, {20.0, {{0.0, 0}}}).at(0); };
  const One one{.weight = 20.0};
  const Time at_once = first(one);
  CHECK(one.v(at_once) >= 1.0);
  CHECK(one.v(at_once - 1.0) < 1.0);
  CHECK(first({.weight = 20.0, .delay = 0.4}) == at_once);
  CHECK(first({.weight = 20.0, .delay = 0.5}) == at_once + 1.0);
  CHECK(first({.weight = 20.0, .delay = 0.3, .axonal = 0.3, .dendritic = 0.3}) == at_once + 1.0);
  CHECK(first({.weight = 20.0, .delay = 3.2}) == at_once + 3.0);
  CHECK(fired({.weight = 20.0, .delay = 1e12}, 1.0, {20.0, {{0.0, 0}}}).empty());
}

TEST_CASE("in steps payloads scale what arrives, and add up at one point") {
  const One one{.weight = 2.0, .model = Model::cuba_li};
  const Network network = one.network();
  RunOptions options;
  options.readout = {Readout::Kind::voltage_integral, 1, {}, false};
  const SteppedMachine machine(network, 1.0);
  Trial trial{20.0, {{0.0, 0}, {2.7, 0}, {3.4, 0}}};
  trial.payloads = {3.0, 0.5, -4.0};
  const Tape tape = machine.run(trial, options);
  CHECK(tape.payloads == std::vector<double>{3.0, -3.5});
  REQUIRE(tape.spikes.size() == 2);
  double sum = 0.0;
  for (int n = 1; n <= 20; ++n) sum += 3.0 * one.v(n) - (n > 3 ? 3.5 * one.v(n - 3) : 0.0);
  CHECK(tape.voltage_integrals.at(1) == Approx(sum).epsilon(1e-13));
  CHECK(machine.run({20.0, {{0.0, 0}}}).payloads.empty());
}

TEST_CASE("in steps a muted neuron fires and reaches nobody") {
  const Network network = One{.weight = 20.0}.network();
  const SteppedMachine machine(network, 1.0);
  const Tape tape = machine.run({20.0, {{0.0, 0}}, {1, 0}});
  REQUIRE(tape.spikes.size() == 1);
  CHECK(tape.spikes[0].muted);
  CHECK(tape.deliveries == 0);
  CHECK(machine.run({20.0, {{0.0, 0}}, {0, 1}}).spikes.size() > 1);
}

TEST_CASE("in steps a cycle whose delays round to none takes a step") {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto ring = builder.add(
      {.name = "ring", .size = 2, .tau_mem = {1.0}, .tau_syn = {1.0}, .v_threshold = {0.3}});
  builder.connect(in, ring, {{0, 0, 1.0, 0.0}});
  builder.connect(ring, ring, {{0, 1, 1.0, 0.1}, {1, 0, 1.0, 0.1}});
  const Network network = builder.build();
  // A spike makes V = s e^-s there, 0.37 one step later: one neuron after the other.
  const Tape tape = SteppedMachine(network, 1.0).run({5.0, {{0.0, 0}}});
  REQUIRE(tape.spikes.size() >= 5);
  CHECK(tape.spikes[1].neuron == 1);
  CHECK(tape.spikes[1].time == 1.0);
  CHECK(tape.spikes[2].time == 2.0);
  for (std::size_t k = 1; k < tape.spikes.size(); ++k)  // ordered by (time, neuron)
    CHECK(std::pair(tape.spikes[k - 1].time, tape.spikes[k - 1].neuron) <
          std::pair(tape.spikes[k].time, tape.spikes[k].neuron));
}

TEST_CASE("in steps readouts are sums and maxima over the points") {
  const One one{.weight = 3.0, .model = Model::cuba_li};
  const Network network = one.network();
  const SteppedMachine machine(network, 2.0);
  const Trial trial{20.0, {{0.0, 0}}};
  const auto sum = [&](auto weight) {
    double total = 0.0;
    for (int n = 1; n <= 10; ++n) total += 2.0 * weight(2.0 * n) * one.v(2.0 * n);
    return total;
  };
  RunOptions options;
  options.readout = {Readout::Kind::voltage_integral, 1, {}, false};
  CHECK(machine.run(trial, options).voltage_integrals.at(1) ==
        Approx(sum([](Time) { return 1.0; })).epsilon(1e-13));
  options.readout.weighting = TimeWeight(20.0);
  CHECK(machine.run(trial, options).voltage_integrals.at(1) ==
        Approx(sum([](Time t) { return std::exp(-t / 20.0); })).epsilon(1e-13));
  options.readout = {Readout::Kind::voltage_maximum, 1, {}, false};
  const Tape tape = machine.run(trial, options);
  CHECK(tape.voltage_maxima.at(1).time == 10.0);  // 9.24 ms exactly
  CHECK(tape.voltage_maxima.at(1).v == Approx(one.v(10.0)).epsilon(1e-13));

  options.readout = {Readout::Kind::none, 1, {}, true};
  const Tape traced = machine.run({20.0, {{0.0, 0}, {4.9, 0}}}, options);
  REQUIRE(traced.trace.size() == 2);
  CHECK(traced.trace[1].time == 4.0);
  CHECK(traced.trace_states[traced.trace[1].state] == Approx(one.v(4.0)).epsilon(1e-13));
  CHECK(traced.trace_states[traced.trace[1].state + 1] ==
        Approx(3.0 + 3.0 * std::exp(-4.0 / 5.0)).epsilon(1e-13));
}

TEST_CASE("in steps a trial lasts to the last point") {
  const Network network = One{}.network();
  CHECK(SteppedMachine(network, 1.0).run({10.5, {}}).duration == 11.0);
  CHECK(SteppedMachine(network, 1.0).run({10.0, {}}).duration == 10.0);
  CHECK(SteppedMachine(network, 0.1).run({0.3, {}}).duration == 0.3);  // 3 x 0.1 is more
  CHECK(SteppedMachine(network, 30.0).run({10.0, {}}).duration == 30.0);
}

TEST_CASE("steps agree with a loop written by hand on random networks") {
  const Time step = GENERATE(0.25, 0.5, 1.0, 2.0);
  std::size_t spikes = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    test::RandomNetworkSpec spec;
    spec.seed = seed;
    spec.delays = seed % 2 == 0;
    if (seed % 3 == 0) spec.wiring = test::Wiring::feed_forward;
    const test::RandomNetwork random = test::random_network(spec);
    CAPTURE(step, seed);
    const SteppedMachine machine(random.network, step);
    const std::uint32_t read = *random.network.find_population("out");
    RunOptions options;
    options.readout = {
        Readout::Kind::voltage_integral, *random.network.find_population("out"), {}, false};
    const Tape tape = machine.run(random.trial, options);
    const Tape expected = by_hand(random.network, random.trial, step);
    REQUIRE(tape.spikes.size() == expected.spikes.size());
    for (std::size_t k = 0; k < tape.spikes.size(); ++k) {
      REQUIRE(tape.spikes[k].neuron == expected.spikes[k].neuron);
      REQUIRE(tape.spikes[k].time == expected.spikes[k].time);
    }
    for (std::size_t n = 0; n < 3; ++n) {
      const std::size_t out = random.network.populations()[read].first + n;
      CHECK(tape.voltage_integrals[out] ==
            Approx(expected.voltage_integrals[out]).epsilon(1e-10).margin(1e-12));
    }
    spikes += tape.spikes.size() - random.trial.inputs.size();
  }
  CHECK(spikes > 100);
}

TEST_CASE("what does not go in steps is refused with its name") {
  const Network network = One{}.network();
  for (const double step : {0.0, -1.0, std::numeric_limits<double>::infinity(),
                            std::numeric_limits<double>::quiet_NaN()})
    CHECK_THROWS_AS(SteppedMachine(network, step), NetworkError);
  test::RandomNetworkSpec spec;
  spec.model = Model::alif;
  const test::RandomNetwork adaptive = test::random_network(spec);
  CHECK_THROWS_WITH(SteppedMachine(adaptive.network, 1.0), Contains("hidden") && Contains("alif"));
  spec.model = Model::cuba_lif;
  spec.receptors = true;
  const test::RandomNetwork many = test::random_network(spec);
  CHECK_THROWS_AS(SteppedMachine(many.network, 1.0), NetworkError);

  CHECK_THROWS_AS(SteppedMachine(network, 1e-9).run({1.0, {}}), LimitError);
  const std::vector<Probe> probes = {{{1}, 1.0}};
  CHECK_THROWS_AS(SteppedMachine(network, 1.0).run({1.0, {}}, {}, probes), NetworkError);
}

TEST_CASE("in steps runaway activity and a wish to stop end a run") {
  const Network network = One{.weight = 0.0, .bias = 100.0}.network();
  RunOptions options;
  options.max_rate = 0.5;  // it fires in every step
  try {
    (void)SteppedMachine(network, 1.0).run({5000.0, {}}, options);
    FAIL("no runaway");
  } catch (const RunawayError& error) {
    CHECK(error.neuron == 1);
    CHECK(error.time == 2001.0);
  }
  options.max_rate = 10.0;
  Time reached = 0.0;
  options.progress = [&](Time t) {
    reached = t;
    return false;
  };
  CHECK_THROWS_AS(SteppedMachine(network, 1.0).run({1e6, {}}, options), Interrupted);
  CHECK(reached > 0.0);
  CHECK(reached < 1e5);
}

namespace {

// x_n, the recursion of a tool: I := a I + w s, V := b V + c I, spike at V >= 1.
struct Recursion {
  double a, b, c;
  bool subtracts = false;
  std::vector<std::uint32_t> spikes(double w, const std::set<std::uint32_t>& inputs,
                                    std::uint32_t steps) const {
    std::vector<std::uint32_t> fired;
    double i = 0.0, v = 0.0;
    for (std::uint32_t n = 0; n < steps; ++n) {
      i = a * i + (inputs.contains(n) ? w : 0.0);
      v = b * v + c * i;
      if (v < 1.0) continue;
      fired.push_back(n);
      v = subtracts ? v - 1.0 : 0.0;
    }
    return fired;
  }
};

}  // namespace

TEST_CASE("layer by layer it computes the recursion of a tool, spikes in the step of their cause") {
  const Time step = 0.5;
  const One one{.tau_mem = 6.0, .tau_syn = 3.0, .weight = 9.0};
  const Network network = one.network();
  const CubaLif& neuron = cuba_lif_neuron(network, 1);
  const CubaLif::Propagator p = neuron.propagator(step);
  const std::set<std::uint32_t> inputs = {0, 1, 2, 5, 6, 7, 8, 9, 20, 21, 22, 23, 24, 25};
  Trial trial;
  trial.duration = 20.0;
  for (const std::uint32_t n : inputs) trial.inputs.push_back({n * step, 0});
  for (const bool subtracts : {false, true}) {
    const auto expected = Recursion{p.syn, p.mem, p.kernel, subtracts}.spikes(9.0, inputs, 40);
    CHECK(expected.size() > 4);
    const StepRule rule{StepOrder::layers,
                        subtracts ? StepReset::by_subtraction : StepReset::to_value};
    std::vector<std::uint32_t> fired;
    for (const Time t : times_of(SteppedMachine(network, step, rule).run(trial), 1))
      fired.push_back(static_cast<std::uint32_t>(std::lround(t / step)));
    CHECK(fired == expected);
  }
  // The two resets differ here.
  CHECK(Recursion{p.syn, p.mem, p.kernel, false}.spikes(9.0, inputs, 40) !=
        Recursion{p.syn, p.mem, p.kernel, true}.spikes(9.0, inputs, 40));
}

TEST_CASE(
    "layer by layer a cycle takes a step, a trace is refused, and the last input is not lost") {
  NetworkBuilder builder;
  builder.add({.name = "a", .model = Model::lif, .size = 1});
  builder.add({.name = "b", .model = Model::lif, .size = 1});
  builder.connect(0, 1, {{0, 0, 1.0, 0.2}});
  builder.connect(1, 0, {{0, 0, 1.0, 0.3}});
  const Network cycle = builder.build();
  CHECK_THROWS_WITH(SteppedMachine(cycle, 1.0, {StepOrder::layers}),
                    Contains("below half a step of 1 ms"));
  CHECK_NOTHROW(SteppedMachine(cycle, 0.5, {StepOrder::layers}));
  CHECK_THROWS_WITH(SteppedMachine(cycle, 1.0), Contains("lif: only cuba_lif and cuba_li"));

  NetworkBuilder held;
  held.add({.name = "a", .model = Model::lif, .size = 1, .t_ref = {2.0}});
  const Network refractory = held.build();
  CHECK_THROWS_WITH(SteppedMachine(refractory, 1.0, {StepOrder::layers}), Contains("t_ref"));

  NetworkBuilder chain;
  chain.add({.name = "in", .model = Model::input, .size = 1});
  chain.add({.name = "n", .model = Model::integrate_fire, .size = 1});
  chain.add({.name = "read", .model = Model::li, .size = 1});
  chain.connect(0, 1, {{0, 0, 1.0, 0.0}});
  const Network network = chain.build();
  const SteppedMachine machine(network, 1.0, {StepOrder::layers});
  CHECK(times_of(machine.run({10.0, {{9.7, 0}}}), 1) == std::vector<Time>{9.0});
  RunOptions traced;
  traced.readout = {Readout::Kind::voltage_maximum, 2};
  traced.readout.trace = true;
  CHECK_THROWS_WITH(machine.run({10.0, {}}, traced), Contains("no trace"));
}
