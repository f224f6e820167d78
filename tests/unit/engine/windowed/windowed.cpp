// The windowed scheduler at its edges: windows, ends, holds, guards, and when it is chosen.
// References: closed forms and the sequential scheduler.
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/adjoint/windowed/windowed.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/engine/windowed/window_plan.hpp>
#include <retrograde/engine/windowed/windowed.hpp>
#include <retrograde/events/error.hpp>

#include "tests/support/random_network.hpp"

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

// Fires at 10 ln 2 ms by its bias, and again every t_ref + 10 ln 2 ms.
Network driven(double t_ref, double weight = 0.0, Time delay = 1.0) {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto n =
      builder.add({.name = "n", .size = 1, .tau_mem = {10.0}, .bias = {2.0}, .t_ref = {t_ref}});
  builder.connect(in, n, {{0, 0, weight, delay}});
  return builder.build();
}

std::vector<Time> times_of(const Tape& tape, NeuronId neuron) {
  std::vector<Time> times;
  for (const TapeSpike& s : tape.spikes)
    if (s.neuron == neuron) times.push_back(s.time);
  return times;
}

// Who runs a trial that is so long and has so many input spikes.
std::string_view chosen(const Network& network, Time duration, std::size_t inputs,
                        Scheduler wanted = Scheduler::automatic) {
  return make_machine(network, wanted)->chosen(duration, inputs).name();
}

}  // namespace

TEST_CASE("a neuron driven by its bias fires in windows as its closed form says") {
  for (const double t_ref : {0.0, 0.3, 1.0, 2.5, 40.0}) {
    const auto times = times_of(run_windowed(driven(t_ref), {500.0, {}}), 1);
    const double first = 10.0 * std::log(2.0), period = t_ref + first;
    REQUIRE(times.size() == static_cast<std::size_t>((500.0 - first) / period) + 1);
    for (std::size_t k = 0; k < times.size(); ++k)
      CHECK(times[k] == Approx(first + static_cast<double>(k) * period).epsilon(1e-14));
  }
}

TEST_CASE("windowed: a spike at the end of the run is none, one before it is one") {
  const Time t = 10.0 * std::log(2.0);
  CHECK(run_windowed(driven(0.0), {t * (1.0 - 1e-15), {}}).spikes.empty());
  CHECK(run_windowed(driven(0.0), {t * (1.0 + 1e-14), {}}).spikes.size() == 1);
}

TEST_CASE("windowed: runs shorter than a window, and arrivals at 0, on boundaries and at the end") {
  for (const Time duration : {0.01, 0.5, 1.0, 4.0, 9.0}) {
    for (const Time delay : {0.0, 0.5, 1.0, 2.0, 8.0}) {
      const Network network = driven(0.5, 30.0, delay);
      const Trial trial{duration, {{0.0, 0}, {0.5 * duration, 0}}};
      const Tape a = run_sequential(network, trial), b = run_windowed(network, trial);
      CAPTURE(duration, delay);
      REQUIRE(a.spikes.size() == b.spikes.size());
      CHECK(a.deliveries == b.deliveries);
      for (std::size_t k = 0; k < a.spikes.size(); ++k)
        CHECK(a.spikes[k].time == Approx(b.spikes[k].time).epsilon(1e-13));
    }
  }
}

TEST_CASE("windowed: the guard against runaway activity names the neuron") {
  const Network network = driven(0.0);
  CHECK_THROWS_WITH(run_windowed(network, {20000.0, {}}, {.readout = {}, .max_rate = 1e-9}),
                    Contains("runaway activity: n[0] fired 1001 times"));
}

TEST_CASE("windowed: progress may stop a run, and goes through the trial once") {
  const auto r = test::random_network({.seed = 3, .wiring = test::Wiring::feed_forward});
  Trial trial = r.trial;
  trial.duration = 3000.0;
  std::vector<Time> told;
  RunOptions options;
  options.progress = [&](Time t) {
    told.push_back(t);
    return true;
  };
  run_windowed(r.network, trial, options);
  REQUIRE(told.size() > 2);
  CHECK(std::is_sorted(told.begin(), told.end()));
  CHECK(told.back() <= trial.duration);
  options.progress = [](Time) { return false; };
  CHECK_THROWS_AS(run_windowed(r.network, trial, options), Interrupted);
}

TEST_CASE("a plan has the layers in causal order, with windows below the lookahead") {
  const auto recurrent = test::random_network({.seed = 2});
  const WindowPlan plan = make_plan(recurrent.network);
  REQUIRE(plan.obstacle.empty());
  REQUIRE(plan.layers.size() == 1);
  REQUIRE(plan.readouts.size() == 1);
  Time lookahead = never;
  for (const WindowFeed& feed : plan.layers[0].feeds)
    if (feed.internal) lookahead = std::min(lookahead, feed.min_delay);
  CHECK(plan.layers[0].window <= lookahead);
  CHECK(2.0 * plan.layers[0].window > std::min(lookahead, 0.25 * 2.0));

  const auto ahead = test::random_network({.seed = 2, .wiring = test::Wiring::feed_forward});
  const WindowPlan layers = make_plan(ahead.network);
  REQUIRE(layers.layers.size() == 2);
  CHECK(layers.layers[0].populations ==
        std::vector<std::uint32_t>{*ahead.network.find_population("first")});
  CHECK(layers.layers[1].populations ==
        std::vector<std::uint32_t>{*ahead.network.find_population("hidden")});
}

TEST_CASE("without lookahead, or with other models, the sequential scheduler is chosen") {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto a = builder.add({.name = "a", .size = 1});
  const auto b = builder.add({.name = "b", .size = 1});
  builder.connect(in, a, {{0, 0, 1.0, 1.0}});
  builder.connect(a, b, {{0, 0, 1.0, 0.0}});
  builder.connect(b, a, {{0, 0, 1.0, 2.0}});
  const Network instant = builder.build();
  CHECK(chosen(instant, 50.0, 1000) == "sequential");
  CHECK_THROWS_WITH(make_machine(instant, Scheduler::windowed),
                    Contains("a->b has a delay of 0 ms inside a cycle"));
  CHECK_THROWS_AS(run_windowed(instant, {50.0, {}}), NetworkError);

  const auto alif = test::random_network({.seed = 1, .model = Model::alif});
  CHECK(chosen(alif.network, 50.0, 1000) == "sequential");
  CHECK_THROWS_WITH(make_machine(alif.network, Scheduler::windowed),
                    Contains("hidden is a population of alif"));

  const auto usual = test::random_network({.seed = 1});
  CHECK(chosen(usual.network, 60.0, 1000) == "windowed");
  CHECK(chosen(usual.network, 60.0, 1000, Scheduler::sequential) == "sequential");
  // More windows than an integer counts.
  CHECK(chosen(usual.network, 1e12, std::size_t{1} << 40) == "sequential");
  CHECK_THROWS_WITH(chosen(usual.network, 1e12, 1000, Scheduler::windowed),
                    Contains("windowed is impossible: a trial of 1e+12 ms has"));
  // Next to no spikes in a long time: a queue has less to do.
  CHECK(chosen(usual.network, 1e6, 3) == "sequential");
}

TEST_CASE("delays that span too many windows are an obstacle with a remedy") {
  NetworkBuilder builder;
  const auto n = builder.add({.name = "n", .size = 2});
  builder.connect(n, n, {{0, 1, 1.0, 0.125}, {1, 0, 1.0, 1e6}});
  CHECK_THROWS_WITH(WindowedMachine(builder.build()),
                    Contains("too many to keep") && Contains("raise the shortest delay"));
}

TEST_CASE("a loss on the voltage of neurons that fire goes back sequentially") {
  const auto r = test::random_network({.seed = 5});
  const std::uint32_t hidden = *r.network.find_population("hidden");
  const auto loss = make_loss(VoltageCrossEntropySpec{hidden});
  const auto automatic = make_machine(r.network);
  const Tape tape = automatic->run(r.trial, {.readout = loss->readout()});
  const LossValue value = loss->evaluate(r.network, tape, 0);
  CHECK_FALSE(sees_spikes_only(r.network, value));
  Gradient a{r.network.layout(), std::vector<double>(r.network.layout().size(), 0.0), {}}, b = a;
  backward(*automatic, tape, value, loss->readout(), {}, a);
  backward(SequentialMachine(r.network), tape, value, loss->readout(), {}, b);
  CHECK(a.parameters == b.parameters);
  CHECK_THROWS_AS(
      backward_windowed(WindowedMachine(r.network), tape, value, loss->readout(), {}, b),
      NetworkError);
}
