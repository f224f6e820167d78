// Piecewise constant currents against their closed forms in 50 digits, and against the limit that a
// step receptor is: an exponential one whose time constant is beyond all bounds.
//
// From V(0) under a current C, without another input: V(s) = C + (V(0) - C) e^(-s/tau_mem).
#include <algorithm>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/engine/scheduler.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/engine/trial/signal.hpp>
#include <retrograde/events/random.hpp>

using namespace retrograde;

namespace {

using Wide = boost::multiprecision::cpp_bin_float_50;
using enum SynapseShape;

// One neuron, an analogue input and an ordinary one, which reach its step and its exponential
// receptor. Input neurons 0 and 1; the neuron is 2.
struct Cell {
  PopulationSpec spec{.name = "cell", .size = 1};
  double weight = 1.0, delay = 0.0, spike_weight = 6.0;
  SynapseShape held = step;  // of the receptor that the analogue input reaches

  Network network(const std::vector<SynapseShape>& receptors) const {
    NetworkBuilder builder;
    const auto signal = builder.add({.name = "signal", .model = Model::input, .size = 1});
    const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
    PopulationSpec cell = spec;
    cell.receptors = receptors;
    const auto c = builder.add(cell);
    const auto at = std::find(receptors.begin(), receptors.end(), held) - receptors.begin();
    const auto other = std::find(receptors.begin(), receptors.end(), exponential);
    builder.connect(signal, c, {{0, 0, weight, delay}}, "signal", static_cast<unsigned>(at));
    if (other != receptors.end())
      builder.connect(in, c, {{0, 0, spike_weight, 0.0}}, "in",
                      static_cast<unsigned>(other - receptors.begin()));
    return builder.build();
  }
};

// All ways that a neuron with a step receptor and an exponential one is computed in.
struct Way {
  Model model;
  std::vector<SynapseShape> receptors;
};
const std::vector<Way> ways = {{Model::cuba_lif, {exponential, step}},
                               {Model::cuba_lif, {exponential, step, step}},
                               {Model::cuba_lif, {exponential, step, alpha}},
                               {Model::alif, {exponential, step}}};

std::vector<Time> spikes_of(const Network& network, const Trial& trial) {
  std::vector<Time> times;
  for (const TapeSpike& s : run_sequential(network, trial).spikes)
    if (s.neuron == 2) times.push_back(s.time);
  return times;
}

double error(Time time, const Wide& exact) {
  return static_cast<double>(abs(Wide((time - exact) / exact)));
}

// The first s in (0, high) at which `excess` is 0, where it rises throughout: bisection.
template <typename F>
Wide zero_of(const F& excess, Wide high) {
  Wide low = 0;
  for (int k = 0; k < 160; ++k) {
    const Wide middle = (low + high) / 2;
    (excess(middle) < 0 ? low : high) = middle;
  }
  return low;
}

}  // namespace

TEST_CASE("a rectangular current and a spike at its end: the crossing in 50 digits") {
  // Default neuron; 1.6 from 20 to 25 ms lifts V to 1.6 (1 - e^(-1/4)); a spike of weight 6 at 25.
  const Wide v = Wide("1.6") * (1 - exp(Wide(-0.25)));
  const auto excess = [&](const Wide& s) -> Wide {
    const Wide kernel = (exp(-s / 20) - exp(-s / 5)) * 5 / (20 - 5);
    return v * exp(-s / 20) + 6 * kernel - 1;
  };
  const Wide expected = 25 + zero_of(excess, Wide(5));
  CAPTURE(static_cast<double>(expected));
  Trial trial{60.0, {{25.0, 1}}};
  add_signals(trial, {{20.0, 0, 1.6}, {25.0, 0, 0.0}});
  for (const Way& way : ways) {
    Cell cell;
    cell.spec.model = way.model;
    const auto times = spikes_of(cell.network(way.receptors), trial);
    REQUIRE(times.size() == 1);
    CHECK(error(times[0], expected) < 1e-15);
  }
  // Without a step receptor one had to write an exponential one of 10^12 ms.
  NetworkBuilder builder;
  const auto times = [&] {
    const auto signal = builder.add({.name = "signal", .model = Model::input, .size = 1});
    const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
    const auto cell = builder.add(
        {.name = "cell", .size = 1, .receptors = {exponential, exponential}, .tau_syn_2 = {1e12}});
    builder.connect(signal, cell, {{0, 0, 1.0, 0.0}}, {}, 1);
    builder.connect(in, cell, {{0, 0, 6.0, 0.0}});
    return spikes_of(builder.build(), trial);
  }();
  REQUIRE(times.size() == 1);
  CHECK(std::fabs(times[0] - static_cast<double>(expected)) < 1e-10);
}

TEST_CASE("a constant current makes a neuron fire every tau ln((C - v_reset)/(C - v_threshold))") {
  // bias 0.3 and 2 x 0.6 from 7.5 ms on, 1.5 ms late; t_ref 2.
  const double tau = GENERATE(20.0, 5.0, 0.3);
  Cell cell;
  cell.spec.tau_mem = {tau};
  cell.spec.bias = {0.3};
  cell.spec.v_reset = {-0.25};
  cell.spec.t_ref = {2.0};
  cell.weight = 2.0;
  cell.delay = 1.5;
  Trial trial{200.0, {}};
  add_signals(trial, {{7.5, 0, 0.6}});
  const Wide bias(0.3), c = bias + 2 * Wide(0.6);
  const Wide v = bias * (1 - exp(-Wide(9) / tau));
  for (const Way& way : ways) {
    cell.spec.model = way.model;
    const auto times = spikes_of(cell.network(way.receptors), trial);
    Wide expected = 9 + tau * log((c - v) / (c - 1));
    REQUIRE(times.size() > 5);
    for (const Time time : times) {
      CHECK(error(time, expected) < 1e-13);
      expected += 2 + tau * log((c + 0.25) / (c - 1));
    }
    CHECK(expected > 200.0);
  }
}

TEST_CASE("a current of exactly the threshold never makes a neuron fire, the next double does") {
  Cell cell;
  Trial trial{1e6, {}};
  for (const Way& way : ways) {
    cell.spec.model = way.model;
    const Network network = cell.network(way.receptors);
    Trial at = trial, above = trial;
    add_signals(at, {{1.0, 0, 1.0}});
    CHECK(spikes_of(network, at).empty());
    const double next = std::nextafter(1.0, 2.0);
    add_signals(above, {{1.0, 0, next}});
    const auto times = spikes_of(network, above);
    REQUIRE(!times.empty());
    CHECK(error(times[0], 1 + 20 * log(Wide(next) / (Wide(next) - 1))) < 1e-14);
  }
}

TEST_CASE("what was switched on and off leaves nothing, in any order") {
  // bias is the threshold: the least current that stayed would make the neuron fire.
  Cell cell;
  cell.spec.bias = {1.0};
  for (const Way& way : ways) {
    cell.spec.model = way.model;
    const Network network = cell.network(way.receptors);
    // 3.1 + 5.3 - 3.1 - 5.3 is 8.9e-16 in doubles.
    Trial trial{1e5, {}};
    for (const auto& [time, payload] :
         {std::pair{1.0, 7.0}, {1.0, -7.0}, {1.0, 3.1}, {2.0, 5.3}, {3.0, -3.1}, {4.0, -5.3}}) {
      trial.inputs.push_back({time, 0});
      trial.payloads.push_back(payload);
    }
    for (const Time time : spikes_of(network, trial)) CHECK(time <= 4.0);
  }
}

TEST_CASE("several changes at one instant, none at all, and values below 0") {
  const Way way = ways[static_cast<std::size_t>(GENERATE(0, 1, 2, 3))];
  Cell cell;
  cell.spec.model = way.model;
  const Network network = cell.network(way.receptors);
  // 3 until 4 ms, then -2, in three changes at one instant.
  Trial trial{30.0, {{1.0, 0}, {2.0, 0}, {4.0, 0}, {4.0, 0}, {4.0, 0}}, {}};
  trial.payloads = {3.0, 0.0, -4.0, 1.0, -2.0};
  Recording probe;
  std::vector<Recording> recordings;
  const Tape tape = run_sequential(network, trial, {}, std::vector<Probe>{{{2}, 0.5}}, &recordings);
  CHECK(tape.spikes.size() == 5);
  CHECK(tape.payloads == trial.payloads);
  for (std::size_t k = 0; k < recordings[0].times.size(); ++k) {
    const Wide t = recordings[0].times[k];
    const Wide top = 3 * (1 - exp(-(std::min(t, Wide(4)) - 1) / 20));
    const Wide v = t <= 1   ? Wide(0)
                   : t <= 4 ? Wide(3 * (1 - exp(-(t - 1) / 20)))
                            : Wide(-2 + (top + 2) * exp(-(t - 4) / 20));
    CHECK(std::fabs(recordings[0].v[0][k] - static_cast<double>(v)) < 1e-15);
    CHECK(recordings[0].i[0][k] == (t <= 1 ? 0.0 : t <= 4 ? 3.0 : -2.0));
  }
}

TEST_CASE("integral and maximum of the voltage under steps are exact") {
  // 1.5 from 2 to 12 ms, then -0.5; V peaks at 12 ms, when the current turns.
  const std::vector<SynapseShape> receptors =
      GENERATE(std::vector<SynapseShape>{step}, std::vector<SynapseShape>{step, exponential},
               std::vector<SynapseShape>{exponential, step, alpha});
  Cell cell;
  cell.spec.model = Model::cuba_li;
  const Network network = cell.network(receptors);
  Trial trial{40.0, {}};
  add_signals(trial, {{2.0, 0, 1.5}, {12.0, 0, -0.5}});
  const Wide top = Wide("1.5") * (1 - exp(Wide(-0.5)));
  const Tape peak = run(network, trial, {.readout = {Readout::Kind::voltage_maximum, 2}});
  CHECK(peak.voltage_maxima[2].time == 12.0);
  CHECK(error(peak.voltage_maxima[2].v, top) < 1e-15);
  CHECK(peak.voltage_maxima[2].spike != VoltageMaximum::nobody);
  // Of e^(-t/25) V: every piece is d + (v - d) e^(-s/20).
  const auto piece = [](const Wide& from, const Wide& to, const Wide& v, const Wide& d) {
    const Wide g = Wide(1) / 25, a = Wide(1) / 20, h = to - from;
    return exp(-g * from) *
           (d * (1 - exp(-g * h)) / g + (v - d) * (1 - exp(-(a + g) * h)) / (a + g));
  };
  const Wide expected = piece(2, 12, 0, Wide(1.5)) + piece(12, 40, top, Wide(-0.5));
  const Tape sum =
      run(network, trial, {.readout = {Readout::Kind::voltage_integral, 2, TimeWeight(25.0)}});
  CHECK(error(sum.voltage_integrals[2], expected) < 1e-14);
}

TEST_CASE("a graded spike counts as its payload times the weight at every receptor") {
  const SynapseShape shape = GENERATE(exponential, alpha, step);
  const auto network = [&](double weight) {
    NetworkBuilder builder;
    const auto in = builder.add({.name = "in", .model = Model::input, .size = 2});
    const auto cell = builder.add({.name = "cell", .size = 1, .receptors = {shape}});
    builder.connect(in, cell, {{0, 0, weight, 0.5}, {1, 0, 1.0, 1.0}});
    return builder.build();
  };
  const std::vector<Spike> inputs = {{1.0, 0}, {3.0, 1}, {6.0, 0}};
  const auto graded = spikes_of(network(2.0), {80.0, inputs, {}, {3.0, 1.0, 3.0}});
  const auto plain = spikes_of(network(6.0), {80.0, inputs});
  CHECK(graded.size() > 0);
  CHECK(graded == plain);
}

TEST_CASE("a graded spike that grazes the threshold is judged with its payload") {
  // tau_mem = 2 tau_syn: one arrival of strength s lifts V to s/4. Rounding leaves s = 4 open.
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 2});
  const auto cell = builder.add({.name = "cell", .size = 1, .tau_mem = {10.0}, .tau_syn = {5.0}});
  builder.connect(in, cell, {{0, 0, 0.5, 0.25}, {1, 0, 1.0, 0.5}});
  const Network network = builder.build();
  const std::vector<Spike> inputs = {{0.5, 1}, {3.0, 0}};
  const auto with = [&](double payload) {
    return spikes_of(network, {80.0, inputs, {}, {0.0, payload}});
  };
  REQUIRE(with(8.0).size() == 1);
  CHECK(with(8.0)[0] == Approx(3.25 + 10.0 * std::log(2.0)).epsilon(1e-7));
  CHECK(with(std::nextafter(8.0, 0.0)).empty());
  CHECK(with(std::nextafter(8.0, 9.0)).size() == 1);
}

TEST_CASE("windows know neither step receptors nor payloads, and say so") {
  Cell cell;
  const Network steps = cell.network({exponential, step});
  CHECK_THROWS_WITH(make_machine(steps, Scheduler::windowed),
                    Catch::Contains("windowed is impossible") && Catch::Contains("receptors"));
  cell.held = exponential;
  const Network plain = cell.network({exponential});
  const Trial graded{20.0, {{1.0, 0}}, {}, {2.0}};
  CHECK_THROWS_WITH(make_machine(plain, Scheduler::windowed)->run(graded),
                    Catch::Contains("payloads") && Catch::Contains("sequential"));
  CHECK(run(plain, graded).payloads == std::vector<double>{2.0});
}

TEST_CASE("payloads that cannot be are refused") {
  Cell cell;
  const Network network = cell.network({exponential, step});
  CHECK_THROWS_WITH(run(network, {20.0, {{1.0, 0}}, {}, {1.0, 2.0}}),
                    Catch::Contains("2 payloads for 1 input spikes"));
  for (const double wrong : {std::nan(""), HUGE_VAL, -1e31})
    CHECK_THROWS_WITH(run(network, {20.0, {{1.0, 0}}, {}, {wrong}}), Catch::Contains("1e+30"));
}
