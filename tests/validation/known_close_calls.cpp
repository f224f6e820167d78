// Decisions and ties that one scheduler or the other once got wrong. References: 50-digit
// arithmetic, closed forms, and the rule of docs/mathematics.md, section 2.1.
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/adjoint/backward.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/engine/windowed/windowed.hpp>

#include "tests/support/reference_engine.hpp"

using namespace retrograde;

namespace {

std::vector<Time> times_of(const Tape& tape, NeuronId neuron) {
  std::vector<Time> times;
  for (const TapeSpike& s : tape.spikes)
    if (s.neuron == neuron) times.push_back(s.time);
  return times;
}

Gradient gradient_of(const Machine& machine, const Trial& trial, NeuronId neuron) {
  const Tape tape = machine.run(trial);
  LossValue value;  // the sum of the neuron's spike times
  for (const TapeSpike& s : tape.spikes)
    value.spike_times.push_back(s.neuron == neuron ? 1.0 : 0.0);
  const Network& network = machine.network();
  Gradient gradient{network.layout(), std::vector<double>(network.layout().size(), 0.0), {}};
  backward(machine, tape, value, {}, {}, gradient);
  return gradient;
}

}  // namespace

// The smallest weight that fires is 6.349604207872797899..., by 50 digits; the seven weights are
// neighbouring doubles.
TEST_CASE("of seven neighbouring weights three are too small") {
  const auto scheduler = GENERATE(Scheduler::sequential, Scheduler::windowed);
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto n = builder.add({.name = "n", .size = 7});
  const double weights[] = {6.349604207872796, 6.349604207872797, 6.3496042078727974,
                            6.349604207872798, 6.349604207872799, 6.3496042078728,
                            6.349604207872801};
  std::vector<SynapseSpec> synapses;
  for (std::uint32_t k = 0; k < 7; ++k) synapses.push_back({0, k, weights[k], 0.0});
  builder.connect(in, n, synapses);
  const Network network = builder.build();
  const Tape tape = make_machine(network, scheduler)->run({60.0, {{2.0, 0}}});
  for (NeuronId k = 0; k < 7; ++k) CHECK(times_of(tape, 1 + k).size() == (k < 3 ? 0u : 1u));
}

// tau_mem = 2 tau_syn: one arrival of weight w lifts V to w/4 exactly, tau_mem log 2 later. V that
// reaches the threshold fires, so weight 4 does and the double below it does not.
TEST_CASE("a maximum exactly at the threshold fires") {
  const auto scheduler = GENERATE(Scheduler::sequential, Scheduler::windowed);
  const double tau = GENERATE(20.0, 18.576728270771341, 29.136711519617371, 7.3);
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto n = builder.add({.name = "n", .size = 2, .tau_mem = {tau}, .tau_syn = {tau / 2.0}});
  builder.connect(in, n, {{0, 0, 4.0, 0.0}, {0, 1, std::nextafter(4.0, 0.0), 0.0}});
  const Network network = builder.build();
  const Tape tape = make_machine(network, scheduler)->run({80.0, {{2.0, 0}}});
  REQUIRE(times_of(tape, 1).size() == 1);
  CHECK(times_of(tape, 1)[0] == Approx(2.0 + tau * std::log(2.0)).epsilon(1e-15));
  CHECK(times_of(tape, 2).empty());
}

// bias 2, tau_mem 20: V reaches 1 at 20 log 2. A run ends before its end.
TEST_CASE("a crossing at the double of the end is no spike of the run") {
  const auto scheduler = GENERATE(Scheduler::sequential, Scheduler::windowed);
  const Time crossing = 13.86294361119890618834;
  NetworkBuilder builder;
  builder.add({.name = "n", .size = 1, .tau_mem = {20.0}, .bias = {2.0}});
  const Network network = builder.build();
  const auto machine = make_machine(network, scheduler);
  const auto spikes = [&](Time end) { return machine->run({end, {}}).spikes.size(); };
  CHECK(spikes(std::nextafter(crossing, 0.0)) == 0);
  CHECK(spikes(crossing) == 0);
  CHECK(spikes(std::nextafter(crossing, never)) == 1);
}

// Twins: the spike of a reaches b at the instant of b's own crossing and forbids it.
TEST_CASE("arrivals come first: a zero-delay twin is silenced whoever is listed first") {
  const auto scheduler = GENERATE(Scheduler::sequential, Scheduler::windowed);
  const bool a_first = GENERATE(true, false);
  const double weight = GENERATE(6.0, 6.7, 9.123, 40.0);
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto first = builder.add({.name = "first", .size = 1, .tau_mem = {10.0}});
  const auto second = builder.add({.name = "second", .size = 1, .tau_mem = {10.0}});
  builder.connect(in, first, {{0, 0, weight, 0.0}});
  builder.connect(in, second, {{0, 0, weight, 0.0}});
  const auto a = a_first ? first : second, b = a_first ? second : first;
  builder.connect(a, b, {{0, 0, -200.0, 0.0}});
  const Network network = builder.build();
  const Tape tape = make_machine(network, scheduler)->run({40.0, {{1.0, 0}}});
  CHECK(times_of(tape, network.populations()[a].first).size() >= 1);
  CHECK(times_of(tape, network.populations()[b].first).empty());
}

// A chain: each neuron excites the next one without delay, and all cross together. Causes come
// first on the tape.
TEST_CASE("spikes at one instant follow their causes, whatever the order of listing") {
  const auto scheduler = GENERATE(Scheduler::sequential, Scheduler::windowed);
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  std::vector<std::uint32_t> chain;
  for (const char* name : {"d", "c", "b", "a"})
    chain.push_back(builder.add({.name = name, .size = 1, .t_ref = {50.0}}));
  for (const auto n : chain) builder.connect(in, n, {{0, 0, 9.0, 0.5}});
  for (std::size_t k = 3; k > 0; --k) builder.connect(chain[k], chain[k - 1], {{0, 0, 1.0, 0.0}});
  const Network network = builder.build();
  const Tape tape = make_machine(network, scheduler)->run({20.0, {{1.0, 0}}});
  REQUIRE(tape.spikes.size() == 5);
  for (NeuronId k = 1; k < 5; ++k) {
    CHECK(tape.spikes[k].neuron == 5 - k);  // a is the last one listed
    CHECK(tape.spikes[k].time >= tape.spikes[k - 1].time);
    CHECK(tape.spikes[k].time == Approx(tape.spikes[1].time).epsilon(1e-15));
  }
}

// With the arrival before its target's spike, 27.6947 by central differences in which a is pushed
// earlier; listed first, the target once fired first (24.2001).
TEST_CASE("the gradient through a tie takes the side of the arrival") {
  const auto scheduler = GENERATE(Scheduler::sequential, Scheduler::windowed);
  const bool target_first = GENERATE(true, false);
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto first = builder.add({.name = "first", .size = 1, .tau_mem = {10.0}});
  const auto second = builder.add({.name = "second", .size = 1, .tau_mem = {10.0}});
  const auto c = target_first ? first : second, a = target_first ? second : first;
  builder.connect(in, a, {{0, 0, 6.0, 1.0}});
  builder.connect(in, c, {{0, 0, 6.0, 1.0}});
  builder.connect(a, c, {{0, 0, 1.5, 0.0}});
  const Network network = builder.build();
  const Trial trial{40.0, {{1.0, 0}, {8.0, 0}}};
  const auto machine = make_machine(network, scheduler);
  const NeuronId neuron_a = network.populations()[a].first,
                 neuron_c = network.populations()[c].first;
  const Gradient gradient = gradient_of(*machine, trial, neuron_c);
  CHECK(gradient.of(ParameterKind::v_threshold)[neuron_a] == Approx(27.6947).epsilon(2e-6));
}

// V is let go at 10 ln 2 + 5 ms, the double at which an input arrives. The release comes first: the
// slope that it divides by knows nothing of the arrival, and the arrival acts on a free V.
TEST_CASE("an arrival at the instant of a release comes after it, by both schedulers") {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto n =
      builder.add({.name = "n", .size = 1, .tau_mem = {10.0}, .bias = {2.0}, .t_ref = {5.0}});
  builder.connect(in, n, {{0, 0, 0.5, 0.0}});
  const Network network = builder.build();
  const Time first = times_of(run_sequential(network, {8.0, {}}), 1).at(0);
  const Trial trial{20.0, {{first + 5.0, 0}}};
  Gradient gradients[2];
  for (const Scheduler s : {Scheduler::sequential, Scheduler::windowed}) {
    const auto machine = make_machine(network, s);
    const Tape tape = machine->run(trial);
    REQUIRE(times_of(tape, 1).size() == 2);
    for (const TapeSpike& spike : tape.spikes)
      if (spike.neuron == 1 && spike.time < 10.0)
        CHECK(spike.released_slope == Approx(0.2).epsilon(1e-12));  // bias / tau_mem, I = 0
    gradients[s == Scheduler::windowed] = gradient_of(*machine, trial, 1);
  }
  for (std::size_t k = 0; k < gradients[0].parameters.size(); ++k)
    CHECK(gradients[0].parameters[k] == Approx(gradients[1].parameters[k]).epsilon(1e-10));
}

// Time constants of 200/50 and of 20/0.001 ms share windows of 0.00024 ms: 160,000 of them.
// Reference: 50 digits.
TEST_CASE("an error per window does not add up over 160,000 windows") {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto h = builder.add({.name = "h",
                              .size = 2,
                              .tau_mem = {200.0, 20.0},
                              .tau_syn = {50.0, 0.001},
                              .t_ref = {1000.0}});
  builder.connect(in, h, {{0, 0, 8.254485470234638, 0.5}});
  const Network network = builder.build();
  const Trial trial{100.0, {{3.0, 0}}};
  Gradient gradients[2];
  for (const Scheduler s : {Scheduler::sequential, Scheduler::windowed}) {
    const auto machine = make_machine(network, s);
    const auto times = times_of(machine->run(trial), 1);
    REQUIRE(times.size() == 1);
    CHECK(std::fabs(times[0] - 42.304751616809362) < 42e-12);
    gradients[s == Scheduler::windowed] = gradient_of(*machine, trial, 1);
  }
  for (std::size_t k = 0; k < gradients[0].parameters.size(); ++k)
    CHECK(gradients[0].parameters[k] == Approx(gradients[1].parameters[k]).epsilon(1e-11));
}

// The same with much going on: 40 inputs for a second, against the engine in 56 digits.
TEST_CASE("many windows with many arrivals agree with 56 digits", "[slow]") {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 40});
  const auto h = builder.add(
      {.name = "h", .size = 2, .tau_mem = {300.0, 20.0}, .tau_syn = {80.0, 0.01}, .t_ref = {20.0}});
  std::vector<SynapseSpec> synapses;
  Trial trial{1000.0, {}};
  for (std::uint32_t k = 0; k < 40; ++k) {
    synapses.push_back({k, 0, 0.1 + 0.003 * k, 0.13 * k});
    for (int j = 0; j < 12; ++j)
      trial.inputs.push_back({std::fmod(37.1 * k + 81.7 * j, 990.0), static_cast<NeuronId>(k)});
  }
  builder.connect(in, h, synapses);
  std::sort(trial.inputs.begin(), trial.inputs.end());
  const Network network = builder.build();
  const auto expected = test::ReferenceEngine(network, trial).run();
  const auto times = times_of(run_windowed(network, trial), 40);
  REQUIRE(times.size() >= 3);
  REQUIRE(times.size() == expected.spikes(40).size());
  for (std::size_t k = 0; k < times.size(); ++k)
    CHECK(abs(expected.spikes(40)[k] - times[k]) < test::Wide(2e-13) * times[k]);
}

// V = 1.7 (1 - e^(-t/10)) reaches 1 after 10 ln(17/7) ms, again and again. Each interval is that to
// rounding; what the doubles of a million ms round away adds up, half a unit in the last place per
// spike at most. So docs/mathematics.md, section 2.1, has it.
TEST_CASE("a neuron that fires regularly drifts by no more than its times are rounded") {
  const auto scheduler = GENERATE(Scheduler::sequential, Scheduler::windowed);
  NetworkBuilder builder;
  builder.add({.name = "n", .size = 1, .tau_mem = {10.0}, .bias = {1.7}});
  const Network network = builder.build();
  const auto times = times_of(make_machine(network, scheduler)->run({2e5, {}}), 0);
  const double period = 10.0 * std::log(17.0 / 7.0);
  REQUIRE(times.size() == static_cast<std::size_t>(2e5 / period));
  double rounded = 0.0;
  for (std::size_t k = 0; k < times.size(); ++k) {
    const double ulp = std::nextafter(times[k], never) - times[k];
    const double interval = times[k] - (k > 0 ? times[k - 1] : 0.0);
    if (!(std::fabs(interval - period) <= 0.5 * ulp + 1e-14)) FAIL("interval " << k);
    rounded += 0.5 * ulp + 1e-14;
    if (!(std::fabs(times[k] - static_cast<double>(k + 1) * period) <= rounded)) FAIL("time " << k);
  }
}
