// Things that happen in a trial besides spikes. References: closed forms; runs that are cut in two at
// the change, the second half with the new values; and a timeline on which nothing changes, which must
// not show.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include <retrograde/adjoint/backward.hpp>
#include <retrograde/adjoint/evaluate.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/engine/trial/timeline.hpp>
#include <retrograde/engine/windowed/windowed.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>

#include "tests/support/random_network.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

std::vector<Time> times_of(const Tape& tape, NeuronId neuron) {
  std::vector<Time> times;
  for (const TapeSpike& s : tape.spikes)
    if (s.neuron == neuron) times.push_back(s.time);
  return times;
}

Trial with(Trial trial, Timeline timeline) {
  trial.timeline = std::make_shared<const Timeline>(std::move(timeline));
  return trial;
}

std::shared_ptr<const Network> shared(Network network) {
  return std::make_shared<const Network>(std::move(network));
}

std::shared_ptr<const Network> changed(const Network& network, ParameterKind kind,
                                       std::size_t index, double value) {
  std::vector<double> values(network.parameters().begin(), network.parameters().end());
  values[network.layout().offset(kind) + index] = value;
  return shared(network.with_parameters(std::move(values)));
}

// A neuron of bias 2 that fires every 10 ln 2 ms, and an input that reaches it after `delay`.
Network driven(double weight = 0.0, Time delay = 0.0, double bias = 2.0) {
  NetworkBuilder builder;
  builder.add({.name = "in", .model = Model::input, .size = 1});
  builder.add({.name = "n", .size = 1, .tau_mem = {10.0}, .tau_syn = {5.0}, .bias = {bias}});
  builder.connect(0, 1, {{0, 0, weight, delay}});
  return builder.build();
}

const double period = 10.0 * std::log(2.0);

}  // namespace

TEST_CASE("a silenced neuron is held at v_reset, and goes on from there") {
  const Network network = driven();
  Timeline timeline;
  timeline.silences.push_back({20.0, 50.0, {1}});
  const auto times = times_of(run_sequential(network, with({70.0, {}}, timeline)), 1);
  REQUIRE(times.size() == 4);
  CHECK(times[0] == Approx(period).epsilon(1e-14));
  CHECK(times[1] == Approx(2 * period).epsilon(1e-14));
  CHECK(std::fabs(times[2] - (50.0 + period)) < 1e-13);
  CHECK(std::fabs(times[3] - (50.0 + 2 * period)) < 1e-13);

  timeline.silences[0].until = never;
  CHECK(times_of(run_sequential(network, with({70.0, {}}, timeline)), 1).size() == 2);
}

TEST_CASE("what is on its way counts by the weight at its arrival") {
  const Network network = driven(6.0, 10.0, 0.0);
  const Trial trial{60.0, {{5.0, 0}}};
  REQUIRE(times_of(run_sequential(network, trial), 1).size() == 1);
  const auto cut = changed(network, ParameterKind::weight, 0, 0.0);
  const auto fires = [&](Time at) {
    Timeline timeline;
    timeline.changes.push_back({at, cut});
    return times_of(run_sequential(network, with(trial, timeline)), 1).size();
  };
  CHECK(fires(3.0) == 0);
  CHECK(fires(10.0) == 0);
  CHECK(fires(15.0) == 0);                        // a change comes before what arrives then
  CHECK(fires(std::nextafter(15.0, 16.0)) == 1);  // and the arrival before what comes later
}

TEST_CASE("a threshold that comes down to V makes the neuron fire at once; one that rises, later") {
  const Network network = driven();
  // V(t) = 2 (1 - e^(-t/10)): 0.5 is reached at 10 ln(4/3), 1.5 at 10 ln 4.
  for (const double threshold : {0.5, 1.5}) {
    Timeline timeline;
    timeline.changes.push_back({5.0, changed(network, ParameterKind::v_threshold, 1, threshold)});
    const auto times = times_of(run_sequential(network, with({60.0, {}}, timeline)), 1);
    REQUIRE(times.size() > 1);
    if (threshold < 1.0) {
      CHECK(times[0] == 5.0);
      CHECK(times[1] - times[0] == Approx(10.0 * std::log(4.0 / 3.0)).epsilon(1e-13));
    } else {
      CHECK(times[0] == Approx(10.0 * std::log(4.0)).epsilon(1e-13));
    }
  }
}

TEST_CASE(
    "a stimulation is a spike that arrives, and takes V of a jumping neuron over its threshold") {
  const Network network = driven(0.0, 0.0, 0.0);
  Timeline timeline;
  timeline.stimulations.push_back({5.0, 0, 6.0, {1}});
  const auto times = times_of(run_sequential(network, with({60.0, {}}, timeline)), 1);
  // tau_mem = 2 tau_syn, from rest: 10 ln(2 w / (w + sqrt(w^2 - 4 w))) ms after the arrival.
  REQUIRE(times.size() == 1);
  CHECK(times[0] == Approx(5.0 + 10.0 * std::log(12.0 / (6.0 + std::sqrt(12.0)))).epsilon(1e-14));

  NetworkBuilder builder;
  builder.add({.name = "n", .model = Model::lif, .size = 1});
  const Network jumping = builder.build();
  timeline.stimulations[0] = {5.0, 0, 1.5, {0}};
  CHECK(times_of(run_sequential(jumping, with({60.0, {}}, timeline)), 0) == std::vector<Time>{5.0});
}

TEST_CASE("time constants and bias that change in the middle: a run cut in two") {
  std::size_t spikes = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Random random(seed, "test/timeline");
    NetworkBuilder builder;
    builder.add({.name = "in", .model = Model::input, .size = 4});
    builder.add({.name = "n", .size = 6});
    std::vector<SynapseSpec> synapses;
    for (std::uint32_t i = 0; i < 4; ++i)
      for (std::uint32_t j = 0; j < 6; ++j) synapses.push_back({i, j, random.normal(1.0, 0.8), 0});
    builder.connect(0, 1, synapses);
    const Network network = builder.build();
    std::vector<double> values(network.parameters().begin(), network.parameters().end());
    for (const ParameterKind kind :
         {ParameterKind::tau_mem, ParameterKind::tau_syn, ParameterKind::bias})
      for (NeuronId n = 4; n < 10; ++n)
        values[network.layout().offset(kind) + n] =
            kind == ParameterKind::bias ? random.uniform(0.0, 0.9) : random.uniform(3.0, 15.0);
    for (double& w : std::span(values).first(24)) w *= random.uniform(0.0, 1.5);
    const Network later = network.with_parameters(values);
    Trial trial{120.0, {}};
    for (int k = 0; k < 80; ++k)
      trial.inputs.push_back({random.uniform(0.0, 120.0), static_cast<NeuronId>(random.index(4))});
    sort_inputs(trial);
    const Time cut = random.uniform(30.0, 80.0);
    Timeline timeline;
    timeline.changes.push_back({cut, shared(later)});
    const Tape whole = run_sequential(network, with(trial, timeline));

    Probe probe{{}, cut};
    for (NeuronId n = 0; n < 10; ++n) probe.neurons.push_back(n);
    std::vector<Recording> at;
    Trial first = trial, second = trial;
    std::erase_if(first.inputs, [&](const Spike& s) { return s.time >= cut; });
    std::erase_if(second.inputs, [&](const Spike& s) { return s.time < cut; });
    Tape before = run_sequential(network, first, {}, {&probe, 1}, &at);
    std::erase_if(before.spikes, [&](const TapeSpike& s) { return s.time >= cut; });
    auto state = std::make_shared<InitialState>();
    for (NeuronId n = 0; n < 10; ++n) {
      state->v.push_back(at[0].v[n][1]);
      state->i[0].push_back(at[0].i[n][1]);
    }
    second.initial = state;
    second.duration -= cut;
    for (Spike& s : second.inputs) s.time -= cut;
    const Tape after = run_sequential(later, second);
    REQUIRE(before.spikes.size() + after.spikes.size() == whole.spikes.size());
    for (std::size_t k = 0; k < whole.spikes.size(); ++k) {
      const bool early = k < before.spikes.size();
      const TapeSpike& s = early ? before.spikes[k] : after.spikes[k - before.spikes.size()];
      CHECK(whole.spikes[k].neuron == s.neuron);
      CHECK(std::fabs(whole.spikes[k].time - s.time - (early ? 0.0 : cut)) < 1e-10);
    }
    spikes += after.spikes.size() - second.inputs.size();
  }
  CHECK(spikes > 300);
}

TEST_CASE("a timeline on which nothing changes does not show, close decisions among them") {
  std::size_t spikes = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    RandomNetworkSpec spec;
    spec.seed = seed;
    spec.timing = seed % 2 == 0 ? Timing::simultaneous : Timing::scattered;
    const RandomNetwork r = random_network(spec);
    Timeline timeline;
    for (const Time at : {0.0, 7.5, 20.0, 20.5})
      timeline.changes.push_back({at, shared(r.network)});
    const Tape plain = run_sequential(r.network, r.trial);
    const Tape same = run_sequential(r.network, with(r.trial, timeline));
    REQUIRE(plain.spikes.size() == same.spikes.size());
    for (std::size_t k = 0; k < plain.spikes.size(); ++k) {
      CHECK(plain.spikes[k].neuron == same.spikes[k].neuron);
      CHECK(std::fabs(plain.spikes[k].time - same.spikes[k].time) < 1e-11);
    }
    spikes += plain.spikes.size();
  }
  CHECK(spikes > 1000);

  // V touches the threshold exactly: tau_mem = 2 tau_syn and a weight of 4 lead to a maximum of 1.
  NetworkBuilder builder;
  builder.add({.name = "in", .model = Model::input, .size = 1});
  builder.add({.name = "n", .size = 1, .tau_mem = {10.0}, .tau_syn = {5.0}});
  builder.connect(0, 1, {{0, 0, 4.0, 0.0}});
  const Network touching = builder.build();
  const Trial trial{40.0, {{0.0, 0}}};
  Timeline timeline;
  timeline.changes.push_back({3.0, shared(touching)});
  const auto plain = times_of(run_sequential(touching, trial), 1);
  REQUIRE(plain.size() == 1);
  CHECK(times_of(run_sequential(touching, with(trial, timeline)), 1) == plain);
  timeline.changes[0].network =
      changed(touching, ParameterKind::v_threshold, 1, std::nextafter(1.0, 2.0));
  CHECK(times_of(run_sequential(touching, with(trial, timeline)), 1).empty());
}

TEST_CASE("a share of the spikes is lost, or late, and is the same share however it is asked for") {
  NetworkBuilder builder;
  builder.add({.name = "in", .model = Model::input, .size = 2});
  builder.add({.name = "out", .model = Model::lif, .size = 2, .v_threshold = {0.5}});
  builder.connect(0, 1, {{0, 0, 1.0, 2.0}, {1, 1, 1.0, 2.0}});  // fires at every arrival
  const Network network = builder.build();
  Trial trial{2001.5, {}};
  for (int k = 0; k < 2000; ++k)
    for (const NeuronId n : {0u, 1u}) trial.inputs.push_back({1.0 * k, n});
  Timeline timeline;
  timeline.faults.push_back({500.0, 1500.0, 0, 1, 0.3, true, 0.0, 7, "test"});
  const Tape tape = run_sequential(network, with(trial, timeline));
  // Of input 0 a thousand spikes lie in [500, 1500): 300 are lost, three standard errors of 14.5.
  const auto heard = times_of(tape, 2);
  CHECK(std::fabs(static_cast<double>(2000 - heard.size()) - 300.0) < 43.5);
  CHECK(times_of(tape, 3).size() == 2000);
  const std::set<Time> all(heard.begin(), heard.end());
  for (int k = 0; k < 500; ++k) CHECK(all.count(k + 2.0) == 1);
  for (int k = 1500; k < 2000; ++k) CHECK(all.count(k + 2.0) == 1);
  const auto lost = static_cast<std::size_t>(
      std::count_if(tape.spikes.begin(), tape.spikes.end(), [](const auto& s) { return s.muted; }));
  CHECK(lost == 2000 - heard.size());

  // A spike's fate does not depend on those before it.
  Timeline shorter = timeline;
  shorter.faults[0].from = 1000.0;
  for (const Time t : times_of(run_sequential(network, with(trial, shorter)), 2))
    if (t >= 1002.0) CHECK(all.count(t) == 1);

  timeline.faults[0].lost = false;
  timeline.faults[0].late = 0.25;
  const auto late = times_of(run_sequential(network, with(trial, timeline)), 2);
  REQUIRE(late.size() == 2000);
  for (std::size_t k = 0; k < late.size(); ++k)
    CHECK(late[k] == k + 2.0 + (all.count(k + 2.0) == 1 ? 0.0 : 0.25));
}

TEST_CASE("what does not know of timelines says so") {
  const Network network = driven();
  Timeline timeline;
  timeline.changes.push_back({5.0, shared(network)});
  const Trial trial = with({20.0, {}}, timeline);
  CHECK_THROWS_WITH(WindowedMachine(network).run(trial), Catch::Contains("choose sequential"));
  const auto machine = make_machine(network);
  const Tape tape = machine->run(trial);
  Gradient gradient{network.layout(), std::vector<double>(network.layout().size(), 0.0), {}};
  CHECK_THROWS_WITH(backward(*machine, tape, LossValue{}, {}, {}, gradient),
                    Catch::Contains("[[event]]"));

  const auto refused = [&](Timeline t, const char* reason) {
    CHECK_THROWS_WITH(machine->run(with({20.0, {}}, std::move(t))), Catch::Contains(reason));
  };
  Timeline wrong;
  wrong.changes.push_back({-1.0, shared(network)});
  refused(wrong, "0 ms or later");
  wrong = {};
  wrong.changes.push_back({5.0, shared(driven(1.0, 3.0))});
  refused(wrong, "delays stay");
  wrong = {};
  wrong.silences.push_back({5.0, 5.0, {1}});
  refused(wrong, "has to end later");
  wrong = {};
  wrong.silences.push_back({5.0, 9.0, {0}});
  refused(wrong, "cannot be silenced");
  wrong = {};
  wrong.faults.push_back({0.0, never, 0, 1, 1.5});
  refused(wrong, "cannot be");
}

TEST_CASE("an instant that is not about it does not make an adapted neuron fire") {
  NetworkBuilder builder;
  builder.add({.name = "in", .model = Model::input, .size = 1});
  builder.add({.name = "a",
               .model = Model::alif,
               .size = 1,
               .tau_mem = {10.0},
               .bias = {1.6},
               .tau_adapt = {200.0},
               .adaptation = {0.4}});
  builder.connect(0, 1, {{0, 0, 0.1, 1.0}});
  const Network network = builder.build();
  const auto plain = times_of(run_sequential(network, {100.0, {}}), 1);
  REQUIRE(plain.size() > 1);
  Timeline timeline;
  for (double at = 1.0; at < 100.0; at += 1.0) timeline.changes.push_back({at, shared(network)});
  const auto times = times_of(run_sequential(network, with({100.0, {}}, timeline)), 1);
  REQUIRE(times.size() == plain.size());
  for (std::size_t k = 0; k < plain.size(); ++k) CHECK(times[k] == Approx(plain[k]).epsilon(1e-12));
}

TEST_CASE("a short silence within a long one, or within a refractory period, ends nothing early") {
  const Network network = driven();
  Timeline timeline;
  timeline.silences.push_back({0.0, 40.0, {1}});
  timeline.silences.push_back({10.0, 20.0, {1}});
  const auto times = times_of(run_sequential(network, with({60.0, {}}, timeline)), 1);
  REQUIRE(times.size() == 2);
  CHECK(std::fabs(times[0] - (40.0 + period)) < 1e-13);

  NetworkBuilder builder;
  builder.add({.name = "n", .size = 1, .tau_mem = {10.0}, .bias = {2.0}, .t_ref = {10.0}});
  const Network refractory = builder.build();
  Timeline within;
  within.silences.push_back({period + 1.0, period + 2.0, {0}});
  const auto plain = times_of(run_sequential(refractory, {60.0, {}}), 0);
  const auto same = times_of(run_sequential(refractory, with({60.0, {}}, within)), 0);
  REQUIRE(same.size() == plain.size());
  for (std::size_t k = 0; k < plain.size(); ++k) CHECK(same[k] == Approx(plain[k]).epsilon(1e-13));
}

TEST_CASE("a neuron that never fired is silenced and let go") {
  const Network network = driven(0.0, 0.0, 0.5);
  Timeline timeline;
  timeline.silences.push_back({10.0, 20.0, {1}});
  timeline.stimulations.push_back({30.0, 0, 0.1, {1}});
  CHECK(run_sequential(network, with({60.0, {}}, timeline)).spikes.empty());
  Probe probe{{1}, 20.0};
  std::vector<Recording> samples;
  run_sequential(network, with({60.0, {}}, timeline), {}, {&probe, 1}, &samples);
  CHECK(samples[0].v[0][1] == 0.0);  // V at 20 ms, held since 10
}

TEST_CASE("a neuron whose arrivals are jumps hears again after a silence") {
  NetworkBuilder builder;
  builder.add({.name = "in", .model = Model::input, .size = 1});
  builder.add({.name = "n", .model = Model::lif, .size = 1});
  builder.connect(0, 1, {{0, 0, 1.5, 0.0}});
  const Network network = builder.build();
  Timeline timeline;
  timeline.silences.push_back({0.1, 10.3, {1}});
  const Trial trial{40.0, {{3.7, 0}, {20.0, 0}}};
  CHECK(times_of(run_sequential(network, with(trial, timeline)), 1) == std::vector<Time>{20.0});
}

TEST_CASE("what arrives at the instant at which a threshold comes down does not stop the spike") {
  NetworkBuilder builder;
  builder.add({.name = "in", .model = Model::input, .size = 1});
  builder.add({.name = "n", .size = 1, .tau_mem = {10.0}});
  builder.connect(0, 1, {{0, 0, 0.01, 0.0}});
  const Network network = builder.build();
  auto state = std::make_shared<InitialState>();
  state->v = {0.0, 0.9};
  Timeline timeline;
  timeline.changes.push_back({5.0, changed(network, ParameterKind::v_threshold, 1, 0.5)});
  for (const bool arrives : {false, true}) {
    Trial trial{20.0, {}};
    if (arrives) trial.inputs.push_back({5.0, 0});
    trial.initial = state;
    CHECK(times_of(run_sequential(network, with(trial, timeline)), 1) == std::vector<Time>{5.0});
  }
}
