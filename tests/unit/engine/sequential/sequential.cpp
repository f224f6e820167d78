// The sequential scheduler against closed forms: order at one instant, boundaries of the trial,
// refractory neurons, chains without delay, guards. Each test names the formula that it compares
// with.
#include <algorithm>
#include <boost/math/quadrature/gauss.hpp>
#include <catch2/catch.hpp>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <string>
#include <vector>

#include <retrograde/adjoint/sequential/sequential.hpp>
#include <retrograde/engine/network/cuba_lif_neurons.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/events/error.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

std::vector<Time> times_of(const Tape& tape, NeuronId neuron) {
  std::vector<Time> times;
  for (const TapeSpike& s : tape.spikes)
    if (s.neuron == neuron) times.push_back(s.time);
  return times;
}

// tau_mem = 10, tau_syn = 5, at rest, threshold 1: a current of w at 0 makes it fire after
// 10 ln(2 w / (w + sqrt(w^2 - 4 w))) ms (design notes, eventprop 3.3).
double two_to_one(double w) { return 10.0 * std::log(2.0 * w / (w + std::sqrt(w * w - 4.0 * w))); }

constexpr double slow = 10.0, fast = 5.0;

// Two inputs and two equal neurons with a bias of 2: they fire every 10 ln 2 ms.
struct Driven {
  Network network;
  static constexpr NeuronId neuron = 2;
  Time first = 10.0 * std::log(2.0);
  explicit Driven(double weight = 0.0, double delay = 0.0, double t_ref = 0.0, double v_reset = 0.0,
                  bool inputs_first = true) {
    NetworkBuilder builder;
    std::uint32_t in = 0, n = 1;
    const auto add_inputs = [&] {
      return builder.add({.name = "in", .model = Model::input, .size = 2});
    };
    if (inputs_first) in = add_inputs();
    n = builder.add({.name = "n",
                     .size = 2,
                     .tau_mem = {slow},
                     .tau_syn = {fast},
                     .v_reset = {v_reset},
                     .bias = {2.0},
                     .t_ref = {t_ref}});
    if (!inputs_first) in = add_inputs();
    builder.connect(in, n, {{0, 0, weight, delay}});
    network = builder.build();
  }
};

}  // namespace

TEST_CASE(
    "a neuron driven by its bias fires with the period t_ref + tau ln((b - v_reset) / (b - "
    "threshold))") {
  for (const double t_ref : {0.0, 1.5})
    for (const double v_reset : {0.0, -1.0, 0.5}) {
      CAPTURE(t_ref, v_reset);
      const Driven driven(0.0, 0.0, t_ref, v_reset);
      const auto times = times_of(run_sequential(driven.network, {500.0, {}}), 2);
      const double period = t_ref + slow * std::log((2.0 - v_reset) / 1.0);
      REQUIRE(times.size() == static_cast<std::size_t>((500.0 - driven.first) / period) + 1);
      for (std::size_t k = 0; k < times.size(); ++k)
        // Each period starts from a rounded time: 1e-14 of the run's length over a hundred periods.
        CHECK(std::fabs(times[k] - (driven.first + static_cast<double>(k) * period)) < 5e-12);
    }
}

TEST_CASE("neurons that fire at one instant appear on the tape lower neuron first") {
  const Tape tape = run_sequential(Driven().network, {100.0, {}});
  REQUIRE(tape.spikes.size() > 10);
  for (std::size_t k = 0; k < tape.spikes.size(); k += 2) {
    CHECK(tape.spikes[k].neuron == 2);
    CHECK(tape.spikes[k + 1].neuron == 3);
    CHECK(tape.spikes[k].time == tape.spikes[k + 1].time);
  }
}

TEST_CASE(
    "an arrival at the very instant of a spike is heard before it: strong inhibition prevents the "
    "spike") {
  // 10 ln 2 ms, rounded once.
  const auto t = static_cast<Time>(10.0L * std::log(2.0L));
  REQUIRE(Driven().first == Approx(t));
  const auto first_with = [&](Time input, double delay, bool inputs_first) {
    const Driven driven(-5.0, delay, 0.0, 0.0, inputs_first);
    const NeuronId in = inputs_first ? 0 : 2, n = inputs_first ? 2 : 0;
    return times_of(run_sequential(driven.network, {50.0, {{input, in}}}), n).front();
  };
  CHECK(first_with(t, 0.0, true) > t + 1.0);
  CHECK(std::fabs(first_with(std::nextafter(t, 100.0), 0.0, true) - t) < 1e-14);
  // With a delay it is in the queue of arrivals before the instant comes.
  const Time early = t - 2.0;
  REQUIRE(early + 2.0 == t);
  CHECK(first_with(early, 2.0, true) > t + 1.0);
  CHECK(first_with(early, 2.0, false) > t + 1.0);
  // At one instant inputs fire first, also one that is listed later: what they send without delay is
  // heard before anybody else may fire.
  CHECK(first_with(t, 0.0, false) > t + 1.0);
}

TEST_CASE("an excitatory arrival at the very instant of a spike does not move the spike") {
  const Time t = times_of(run_sequential(Driven().network, {50.0, {}}), 2).front();
  const Driven driven(3.0);
  CHECK(times_of(run_sequential(driven.network, {50.0, {{t, 0}}}), 2).front() == t);
}

TEST_CASE("arrivals at one instant add up: two halves do exactly what one whole does") {
  const auto run = [](std::vector<SynapseSpec> synapses, std::vector<Spike> inputs) {
    NetworkBuilder builder;
    const auto in = builder.add({.name = "in", .model = Model::input, .size = 3});
    const auto n = builder.add({.name = "n", .size = 1});
    builder.connect(in, n, std::move(synapses));
    return times_of(run_sequential(builder.build(), {60.0, std::move(inputs)}), 3);
  };
  const auto whole = run({{0, 0, 12.0, 1.0}}, {{2.0, 0}});
  REQUIRE(whole.size() >= 1);
  CHECK(run({{0, 0, 6.0, 1.0}, {1, 0, 6.0, 1.0}}, {{2.0, 0}, {2.0, 1}}) == whole);
  CHECK(run({{0, 0, 6.0, 1.0}}, {{2.0, 0}, {2.0, 0}}) == whole);  // one input twice at an instant
  CHECK(run({{0, 0, 6.0, 1.0}, {1, 0, 6.0, 0.5}}, {{2.0, 0}, {2.5, 1}}) == whole);
  // Excitation and inhibition of equal strength at one instant are nothing.
  CHECK(run({{0, 0, 50.0, 1.0}, {1, 0, -50.0, 1.0}}, {{2.0, 0}, {2.0, 1}}).empty());
}

TEST_CASE("arrivals at one instant commute: the same bits whichever synapse brings which weight") {
  // Multiples of 1/4 add without rounding, so that every order has the same sum of 6.5.
  const auto run = [](const std::vector<double>& weights, double before) {
    NetworkBuilder builder;
    const auto in = builder.add({.name = "in", .model = Model::input, .size = 5});
    const auto n = builder.add({.name = "n", .size = 1, .tau_mem = {slow}, .tau_syn = {fast}});
    std::vector<SynapseSpec> synapses{{4, 0, before, 1.0}};
    for (std::uint32_t k = 0; k < 4; ++k) synapses.push_back({k, 0, weights[k], 1.0});
    builder.connect(in, n, synapses);
    return times_of(
        run_sequential(builder.build(), {60.0, {{1.0, 4}, {2.0, 0}, {2.0, 1}, {2.0, 2}, {2.0, 3}}}),
        5);
  };
  std::vector<double> weights{-0.5, 1.0, 2.25, 3.75};
  const auto alone = run(weights, 0.0), later = run(weights, 0.7);
  REQUIRE(alone.size() == 2);
  CHECK(std::fabs(alone[0] - (3.0 + two_to_one(6.5))) < 1e-13);
  do {
    CHECK(run(weights, 0.0) == alone);
    // Onto a current that is no multiple of 1/4 they add with rounding, and with nothing else.
    const auto rounded = run(weights, 0.7);
    REQUIRE(rounded.size() == later.size());
    for (std::size_t k = 0; k < later.size(); ++k) CHECK(std::fabs(rounded[k] - later[k]) < 1e-13);
  } while (std::next_permutation(weights.begin(), weights.end()));
}

TEST_CASE("an arrival without delay follows its cause at once: before what it reaches may fire") {
  // Both would fire at 10 ln 2 ms; the one that inhibits the other does, whichever is listed first.
  const double t = slow * std::log(2.0);
  for (const std::uint32_t from : {0u, 1u}) {
    NetworkBuilder builder;
    const auto n = builder.add({.name = "n",
                                .size = 2,
                                .tau_mem = {slow},
                                .tau_syn = {fast},
                                .bias = {2.0},
                                .t_ref = {50.0}});
    builder.connect(n, n, {{from, 1 - from, -1000.0, 0.0}});
    const Tape tape = run_sequential(builder.build(), {t + 1.0, {}});
    REQUIRE(tape.spikes.size() == 1);
    CHECK(tape.spikes[0].neuron == from);
    CHECK(tape.deliveries == 1);
  }
}

TEST_CASE(
    "a chain without delays: each link fires the two-to-one closed form after the one before, "
    "gradient included") {
  NetworkBuilder builder;
  std::vector<std::uint32_t> links{builder.add({.name = "in", .model = Model::input, .size = 1})};
  const std::vector<double> weights{6.0, 5.0, 8.0, 4.5};
  for (std::size_t k = 0; k < weights.size(); ++k) {
    links.push_back(builder.add({.name = "n" + std::to_string(k),
                                 .size = 1,
                                 .tau_mem = {slow},
                                 .tau_syn = {fast},
                                 .t_ref = {1e6}}));
    builder.connect(links[k], links[k + 1], {{0, 0, weights[k], 0.0}});
  }
  const Network network = builder.build();
  const Tape tape = run_sequential(network, {100.0, {{1.25, 0}}});
  REQUIRE(tape.spikes.size() == 5);
  Time expected = 1.25;
  for (std::size_t k = 0; k < weights.size(); ++k) {
    expected += two_to_one(weights[k]);
    CHECK(tape.spikes[k + 1].neuron == k + 1);
    CHECK(std::fabs(tape.spikes[k + 1].time - expected) < 1e-13);
  }
  // d(last spike)/d(weight k) is the derivative of the closed form (fourth-order differences of
  // it); d/d(input time) and d/d(delay) are 1.
  LossValue loss;
  loss.spike_times = {0, 0, 0, 0, 1};
  Gradient gradient{network.layout(), std::vector<double>(network.layout().size(), 0.0), {}};
  const BackwardStatistics statistics = backward_sequential(network, tape, loss, {}, {}, gradient);
  CHECK(statistics.deliveries == 4);
  CHECK(std::fabs(gradient.input_times.at(0) - 1.0) < 1e-12);
  for (std::size_t k = 0; k < weights.size(); ++k) {
    const double h = 1e-4, w = weights[k];
    const double derivative = (8 * (two_to_one(w + h) - two_to_one(w - h)) -
                               (two_to_one(w + 2 * h) - two_to_one(w - 2 * h))) /
                              (12 * h);
    CHECK(std::fabs(gradient.of(ParameterKind::weight)[k] - derivative) <
          1e-9 * std::fabs(derivative));
    CHECK(std::fabs(gradient.of(ParameterKind::delay)[k] - 1.0) < 1e-12);
  }
}

TEST_CASE("spikes belong to [0, duration): one at the end is not fired, one just before it is") {
  const Driven driven;
  const Time t = times_of(run_sequential(driven.network, {50.0, {}}), 2).front();
  CHECK(run_sequential(driven.network, {t, {}}).spikes.empty());
  CHECK(run_sequential(driven.network, {t * (1 + 1e-15), {}}).spikes.size() == 2);
}

TEST_CASE("what arrives at the end of the trial or later is not delivered, and does not count") {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto n = builder.add({.name = "n", .size = 4});
  builder.connect(in, n,
                  {{0, 0, 0.1, 1.0},
                   {0, 1, 0.1, 5.0},
                   {0, 2, 0.1, std::nextafter(5.0, 0.0)},
                   {0, 3, 0.1, 50.0}});
  const Network network = builder.build();
  const Tape tape = run_sequential(network, {7.0, {{2.0, 0}}});
  CHECK(tape.deliveries == 2);
  LossValue loss;
  Gradient gradient{network.layout(), std::vector<double>(network.layout().size(), 0.0), {}};
  CHECK(backward_sequential(network, tape, loss, {}, {}, gradient).deliveries == 2);
}

TEST_CASE("an input spike at 0 with a synapse without delay acts from 0 on") {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto n =
      builder.add({.name = "n", .size = 1, .tau_mem = {slow}, .tau_syn = {fast}, .t_ref = {1e6}});
  builder.connect(in, n, {{0, 0, 6.0, 0.0}});
  const Tape tape = run_sequential(builder.build(), {50.0, {{0.0, 0}}});
  REQUIRE(tape.spikes.size() == 2);
  CHECK(std::fabs(tape.spikes[1].time - two_to_one(6.0)) < 1e-14);
}

TEST_CASE("a self-connection is heard one delay after the spike and not by the spike itself") {
  NetworkBuilder builder;
  const auto n =
      builder.add({.name = "n", .size = 1, .tau_mem = {slow}, .tau_syn = {fast}, .bias = {2.0}});
  builder.connect(n, n, {{0, 0, -1000.0, 3.0}});
  const auto times = times_of(run_sequential(builder.build(), {30.0, {}}), 0);
  REQUIRE(times.size() == 1);
  CHECK(std::fabs(times[0] - slow * std::log(2.0)) < 1e-13);
}

TEST_CASE(
    "while a neuron is refractory its voltage is held and its current decays: the closed form "
    "after release") {
  // Weight 20 at 0 makes it fire at t1; V is held at v_reset until t1 + 4, then starts with the
  // current 20 e^(-(t1 + 4)/5).
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto n =
      builder.add({.name = "n", .size = 1, .tau_mem = {slow}, .tau_syn = {fast}, .t_ref = {4.0}});
  builder.connect(in, n, {{0, 0, 20.0, 0.0}});
  const Tape tape = run_sequential(builder.build(), {100.0, {{0.0, 0}}});
  const double t1 = two_to_one(20.0), released = 20.0 * std::exp(-(t1 + 4.0) / fast);
  REQUIRE(tape.spikes.size() == 3);
  CHECK(std::fabs(tape.spikes[1].time - t1) < 1e-14);
  CHECK(std::fabs(tape.spikes[1].released_slope - released / slow) < 1e-14);
  CHECK(std::fabs(tape.spikes[2].time - (t1 + 4.0 + two_to_one(released))) < 1e-12);
}

TEST_CASE("a spike that arrives during the refractory time changes the current and only that") {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto n =
      builder.add({.name = "n", .size = 1, .tau_mem = {slow}, .tau_syn = {fast}, .t_ref = {4.0}});
  builder.connect(in, n, {{0, 0, 20.0, 0.0}});
  const double t1 = two_to_one(20.0);
  const Tape tape = run_sequential(builder.build(), {100.0, {{0.0, 0}, {t1 + 1.0, 0}}});
  const double released = 20.0 * std::exp(-(t1 + 4.0) / fast) + 20.0 * std::exp(-3.0 / fast);
  REQUIRE(tape.spikes.size() >= 4);
  CHECK(std::fabs(tape.spikes[1].released_slope - released / slow) < 1e-13);
  CHECK(tape.spikes[2].neuron == 0);
  CHECK(std::fabs(tape.spikes[3].time - (t1 + 4.0 + two_to_one(released))) < 1e-12);
}

TEST_CASE(
    "no two spikes of a neuron are closer than its refractory time, however hard it is driven") {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto n = builder.add({.name = "n", .size = 1, .t_ref = {2.0}});
  builder.connect(in, n, {{0, 0, 1e6, 0.0}});
  Trial trial{50.0, {}};
  for (int k = 0; k < 40; ++k) trial.inputs.push_back({1.0 + k, 0});
  const auto times = times_of(run_sequential(builder.build(), trial), 1);
  REQUIRE(times.size() > 20);
  for (std::size_t k = 1; k < times.size(); ++k)
    CHECK(times[k] - times[k - 1] >= 2.0 * (1.0 - 1e-15));
}

TEST_CASE("runaway activity stops with an error that names the neuron, the time and the remedies") {
  NetworkBuilder builder;
  const auto n = builder.add({.name = "loop", .size = 2, .bias = {0.0, 2.0}});
  builder.connect(n, n, {{1, 1, 50.0, 0.1}});
  const Network network = builder.build();
  try {
    run_sequential(network, {1000.0, {}}, {.readout = {}, .max_rate = 1.0});
    FAIL("nothing stopped it");
  } catch (const LimitError& error) {
    CHECK(error.resource == "spikes");
    CHECK(error.wanted > error.limit);
    CHECK(error.limit > 1000.0);
    const std::string message = error.what();
    CHECK_THAT(message, Contains("loop[1]") && Contains(" ms") && Contains("max_rate") &&
                            Contains("refractory"));
    // With max_rate = 1 the limit is 1000 plus the time in ms that the message gives.
    CHECK_THAT(message, Contains(fmt::format("by {:.6g} ms", *error.limit - 1000.0)));
  }
  // The same network within its means: the guard does not strike below 1000 spikes.
  CHECK(run_sequential(network, {10.0, {}}, {.readout = {}, .max_rate = 0.0}).spikes.size() <=
        1000);
}

TEST_CASE("the guard lets through every spike up to its limit and strikes at the next one") {
  // One spike every 0.1 ln 2 ms, and a limit of 1000 at all times.
  NetworkBuilder builder;
  builder.add({.name = "n", .size = 1, .tau_mem = {0.1}, .bias = {2.0}});
  const Network network = builder.build();
  const double period = 0.1 * std::log(2.0);
  const RunOptions guarded{.readout = {}, .max_rate = 0.0};
  CHECK(run_sequential(network, {1000.5 * period, {}}, guarded).spikes.size() == 1000);
  try {
    run_sequential(network, {1001.5 * period, {}}, guarded);
    FAIL("nothing stopped it");
  } catch (const LimitError& error) {
    CHECK(error.limit == 1000.0);
    CHECK(error.wanted == 1001.0);
    CHECK_THAT(error.what(),
               Contains(fmt::format("n[0] fired 1001 times by {:.6g} ms", 1001.0 * period)));
  }
  // With room for its rate of 14.4 per ms it goes on.
  const RunOptions free{.readout = {}, .max_rate = 14.5};
  CHECK(run_sequential(network, {20000.5 * period, {}}, free).spikes.size() == 20000);
}

TEST_CASE("a progress callback that says no stops the run") {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto n = builder.add({.name = "n", .size = 400});
  std::vector<SynapseSpec> synapses;
  for (std::uint32_t k = 0; k < 400; ++k) synapses.push_back({0, k, 1e-6, 1.0});
  builder.connect(in, n, synapses);
  const Network network = builder.build();
  Trial trial{2000.0, {}};
  for (int k = 0; k < 1000; ++k) trial.inputs.push_back({1.0 * k, 0});
  std::vector<Time> seen;
  const auto keep = [&](Time t) {
    seen.push_back(t);
    return seen.size() < 3;
  };
  CHECK_THROWS_AS(run_sequential(network, trial, {.readout = {}, .progress = keep}), Interrupted);
  REQUIRE(seen.size() == 3);
  CHECK(seen[0] < seen[1]);
  CHECK(seen[1] < seen[2]);
}

TEST_CASE(
    "trials that cannot be are refused: bad durations, spikes outside, of the wrong neuron, out of "
    "order") {
  const Network network = Driven().network;
  const auto message = [&](const Trial& trial) {
    try {
      run_sequential(network, trial);
    } catch (const NetworkError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  constexpr double infinity = std::numeric_limits<double>::infinity();
  constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
  for (const double duration : {0.0, -1.0, infinity, not_a_number})
    CHECK_THAT(message({duration, {}}), Contains("finite and above 0"));
  CHECK_THAT(message({10.0, {{1.0, 2}}}), Contains("not an input"));
  CHECK_THAT(message({10.0, {{1.0, 99}}}), Contains("not an input"));
  for (const double time : {-1e-9, 10.0, infinity, not_a_number})
    CHECK_THAT(message({10.0, {{time, 1}}}), Contains("in[1]") && Contains("outside the trial"));
  CHECK_THAT(message({10.0, {{2.0, 0}, {1.0, 0}}}), Contains("ordered by time"));
  CHECK_THAT(message({10.0, {{2.0, 1}, {2.0, 0}}}), Contains("ordered by time, then neuron"));
  CHECK(message({10.0, {{0.0, 0}, {2.0, 0}, {2.0, 0}, {2.0, 1}}}) == "accepted");
}

TEST_CASE(
    "the weighted integral of V agrees with Gauss quadrature between the events, resets and "
    "refractory times included") {
  // A neuron with a bias and a refractory time, and a readout with equal time constants that hears
  // it.
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto n = builder.add({.name = "n",
                              .size = 1,
                              .tau_mem = {12.0},
                              .tau_syn = {4.0},
                              .v_threshold = {0.9},
                              .v_reset = {-0.2},
                              .bias = {0.3},
                              .t_ref = {1.7}});
  const auto out = builder.add({.name = "out",
                                .model = Model::cuba_li,
                                .size = 1,
                                .tau_mem = {7.0},
                                .tau_syn = {7.0},
                                .bias = {-0.1}});
  builder.connect(in, n, {{0, 0, 5.0, 0.6}});
  builder.connect(n, out, {{0, 0, 1.3, 2.2}});
  const Network network = builder.build();
  const Trial trial{40.0, {{1.0, 0}, {3.0, 0}, {11.0, 0}, {12.0, 0}}};
  for (const TimeWeight& weighting : {TimeWeight(), TimeWeight(15.0), TimeWeight(0.5),
                                      TimeWeight::linear(), TimeWeight::sigmoid()}) {
    CAPTURE(static_cast<int>(weighting.kind()), weighting.tau());
    // V between events from the equations of cuba_lif.hpp as they stand there, restarted at every
    // event.
    const auto integral = [&](NeuronId id, const Tape& tape,
                              const std::vector<std::pair<Time, double>>& arrivals) {
      const CubaLif& c = cuba_lif_neuron(network, id);
      struct Event {
        Time time;
        int kind;  // 0 arrival, 1 spike, 2 release
        double weight;
      };
      std::vector<Event> events{{trial.duration, 0, 0.0}};
      for (const auto& [time, weight] : arrivals)
        if (time < trial.duration) events.push_back({time, 0, weight});
      for (const Time t : times_of(tape, id)) {
        events.push_back({t, 1, 0.0});
        if (t + c.t_ref < trial.duration) events.push_back({t + c.t_ref, 2, 0.0});
      }
      std::sort(events.begin(), events.end(),
                [](const Event& a, const Event& b) { return a.time < b.time; });
      double sum = 0.0, v = 0.0, i = 0.0;
      Time from = 0.0;
      bool held = false;
      for (const Event& e : events) {
        const auto v_at = [&](double s) {
          if (held) return c.v_reset;
          const double a = 1 / c.tau_mem, b = 1 / c.tau_syn;
          const double kernel = a == b ? a * s * std::exp(-a * s)
                                       : a * (std::exp(-a * s) - std::exp(-b * s)) / (b - a);
          return c.bias + (v - c.bias) * std::exp(-a * s) + i * kernel;
        };
        const double length = e.time - from;
        for (int piece = 0; piece < 8; ++piece)  // short pieces: the weight may decay quickly
          sum += boost::math::quadrature::gauss<double, 30>::integrate(
              [&](double s) { return weighting.at(from + s, trial.duration) * v_at(s); },
              length * piece / 8, length * (piece + 1) / 8);
        v = v_at(length);
        i = i * std::exp(-length / c.tau_syn) + e.weight;
        from = e.time;
        if (e.kind == 1) held = true;
        if (e.kind == 2) {
          held = false;
          v = c.v_reset;
        }
      }
      return sum;
    };
    const auto run = [&](std::uint32_t population) {
      return run_sequential(network, trial,
                            {.readout = {Readout::Kind::voltage_integral, population, weighting}});
    };
    const Tape of_n = run(n), of_out = run(out);
    REQUIRE(times_of(of_n, 1).size() >= 3);
    std::vector<std::pair<Time, double>> to_n, to_out;
    for (const Spike& s : trial.inputs) to_n.push_back({s.time + 0.6, 5.0});
    for (const Time t : times_of(of_n, 1)) to_out.push_back({t + 2.2, 1.3});
    CHECK(std::fabs(of_n.voltage_integrals[1] - integral(1, of_n, to_n)) < 1e-12);
    CHECK(std::fabs(of_out.voltage_integrals[2] - integral(2, of_out, to_out)) < 1e-12);
    CHECK(of_n.voltage_integrals[2] == 0.0);  // only the readout's population is integrated
  }
}
