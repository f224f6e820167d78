// Trials that begin away from rest. Reference: a run that is cut in two, the second half beginning in
// the state in which the first one ends; closed forms; and, for gradients, differences and tangents.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/adjoint/check/gradcheck.hpp>
#include <retrograde/adjoint/check/identities.hpp>
#include <retrograde/adjoint/loss/spike_time_power.hpp>
#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_maximum_cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_over_time_cross_entropy.hpp>
#include <retrograde/engine/device/cpu_device.hpp>
#include <retrograde/engine/device/device_machine.hpp>
#include <retrograde/engine/margin/trial_margins.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/engine/windowed/windowed.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>

#include "tests/support/random_network.hpp"
#include "tests/support/schedulers.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

// Below all thresholds of a random network, at all receptors.
std::shared_ptr<const InitialState> random_state(const Network& network, std::uint64_t seed) {
  Random random(seed, "test/initial");
  auto state = std::make_shared<InitialState>();
  state->v.assign(network.neuron_count(), 0.0);
  for (auto& i : state->i) i.assign(network.neuron_count(), 0.0);
  for (const Population& p : network.populations()) {
    if (p.model->is_input()) continue;
    for (NeuronId n = p.first; n < p.first + p.size; ++n) {
      state->v[n] = random.uniform(-0.5, 0.75);
      for (std::size_t r = 0; r < p.receptors.size(); ++r) state->i[r][n] = random.uniform(-1, 3);
    }
  }
  return state;
}

// One layer without delays and refractory neurons, whose state is V and I.
struct Layer {
  Network network;
  Trial trial{100.0, {}};

  explicit Layer(std::uint64_t seed) {
    Random random(seed, "test/layer");
    NetworkBuilder builder;
    const auto in = builder.add({.name = "in", .model = Model::input, .size = 5});
    const auto n = builder.add({.name = "n", .size = 8, .tau_mem = {12.0}, .bias = {0.2}});
    const auto out = builder.add({.name = "out", .model = Model::cuba_li, .size = 2});
    std::vector<SynapseSpec> synapses, onward;
    for (std::uint32_t i = 0; i < 5; ++i)
      for (std::uint32_t j = 0; j < 8; ++j) synapses.push_back({i, j, random.normal(0.8, 0.8), 0});
    for (std::uint32_t i = 0; i < 8; ++i)
      for (std::uint32_t j = 0; j < 2; ++j) onward.push_back({i, j, random.normal(), 0});
    builder.connect(in, n, synapses);
    builder.connect(n, out, onward);
    network = builder.build();
    for (int k = 0; k < 60; ++k)
      trial.inputs.push_back({random.uniform(0.0, 100.0), static_cast<NeuronId>(random.index(5))});
    sort_inputs(trial);
  }
};

}  // namespace

TEST_CASE("a neuron that begins at 0.5 fires when the closed form says, by every scheduler") {
  NetworkBuilder builder;
  builder.add({.name = "n", .size = 1, .tau_mem = {10.0}, .bias = {1.2}});
  const Network network = builder.build();
  auto state = std::make_shared<InitialState>();
  state->v = {0.5};
  const Trial trial{.duration = 40.0, .inputs = {}, .initial = state};
  for (const Scheduler scheduler : schedulers_of(network)) {
    const Tape tape = make_machine(network, scheduler)->run(trial);
    REQUIRE(tape.spikes.size() == 2);
    CHECK(std::fabs(tape.spikes[0].time - 12.527629684953679) < 1e-14 * 100);
    CHECK(std::fabs(tape.spikes[1].time - 12.527629684953679 - 10.0 * std::log(6.0)) < 1e-12);
  }
}

TEST_CASE("a run cut in two is the run") {
  std::size_t spikes = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    const Layer layer(seed);
    const Time cut = 20.0 + 5.0 * static_cast<double>(seed);
    Probe probe;
    for (NeuronId n = 0; n < layer.network.neuron_count(); ++n) probe.neurons.push_back(n);
    probe.interval = cut;
    const RunOptions options{{Readout::Kind::voltage_integral, 2, {}}};
    for (const Scheduler scheduler : schedulers_of(layer.network)) {
      CAPTURE(seed, name(scheduler));
      const auto machine = make_machine(layer.network, scheduler);
      std::vector<Recording> at;
      const Tape whole = machine->run(layer.trial, options, {&probe, 1}, &at);
      Trial first = layer.trial, second = layer.trial;
      first.duration = cut;
      second.duration = layer.trial.duration - cut;
      std::erase_if(first.inputs, [&](const Spike& s) { return s.time >= cut; });
      std::erase_if(second.inputs, [&](const Spike& s) { return s.time < cut; });
      for (Spike& s : second.inputs) s.time -= cut;
      auto state = std::make_shared<InitialState>();
      for (NeuronId n = 0; n < layer.network.neuron_count(); ++n) {
        state->v.push_back(at[0].v[n][1]);
        state->i[0].push_back(at[0].i[n][1]);
      }
      second.initial = state;
      const Tape before = machine->run(first, options), after = machine->run(second, options);
      REQUIRE(before.spikes.size() + after.spikes.size() == whole.spikes.size());
      for (std::size_t k = 0; k < after.spikes.size(); ++k) {
        const TapeSpike& s = whole.spikes[before.spikes.size() + k];
        CHECK(after.spikes[k].neuron == s.neuron);
        CHECK(std::fabs(after.spikes[k].time + cut - s.time) < 1e-10);
      }
      for (NeuronId n = 13; n < 15; ++n)
        CHECK(before.voltage_integrals[n] + after.voltage_integrals[n] ==
              Approx(whole.voltage_integrals[n]).epsilon(1e-11).margin(1e-10));
      spikes += after.spikes.size();
    }
  }
  CHECK(spikes > 1000);
}

TEST_CASE("schedulers agree on random networks that begin away from rest") {
  std::size_t spikes = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    RandomNetworkSpec spec;
    spec.seed = seed;
    spec.wiring = seed % 2 == 0 ? Wiring::recurrent : Wiring::feed_forward;
    spec.nearly_equal = seed % 4 == 0;
    RandomNetwork r = random_network(spec);
    r.trial.initial = random_state(r.network, seed);
    const RunOptions options{
        {Readout::Kind::voltage_maximum, *r.network.find_population("out"), {}}};
    const Tape a = SequentialMachine(r.network).run(r.trial, options);
    const Tape b = WindowedMachine(r.network).run(r.trial, options);
    REQUIRE(a.spikes.size() == b.spikes.size());
    for (std::size_t k = 0; k < a.spikes.size(); ++k) {
      CHECK(a.spikes[k].neuron == b.spikes[k].neuron);
      CHECK(std::fabs(a.spikes[k].time - b.spikes[k].time) <= 1e-11 * (1.0 + a.spikes[k].time));
    }
    for (NeuronId n = 0; n < r.network.neuron_count(); ++n)
      CHECK(a.voltage_maxima[n].v == Approx(b.voltage_maxima[n].v).epsilon(1e-11).margin(1e-12));
    spikes += a.spikes.size();
  }
  CHECK(spikes > 1000);
}

TEST_CASE("gradients of trials that begin away from rest are those of differences and tangents") {
  std::size_t judged = 0;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    RandomNetworkSpec spec;
    spec.seed = seed;
    spec.receptors = seed % 3 == 0;
    spec.model = seed % 4 == 3 ? Model::alif : Model::cuba_lif;
    RandomNetwork r = random_network(spec);
    r.trial.initial = random_state(r.network, seed);
    const std::uint32_t out = *r.network.find_population("out");
    std::vector<std::unique_ptr<Loss>> losses;
    losses.push_back(make_loss(VoltageCrossEntropySpec{out, never, 20.0}));
    losses.push_back(make_loss(VoltageCrossEntropySpec{out, 30.0, 20.0}));
    losses.push_back(make_loss(VoltageMaximumCrossEntropySpec{out}));
    losses.push_back(make_loss(VoltageOverTimeCrossEntropySpec{out}));
    for (const auto& loss : losses)
      for (const Scheduler scheduler : schedulers_of(r.network)) {
        CAPTURE(seed, name(scheduler), loss->name());
        GradientCheckOptions options;
        options.scheduler = scheduler;
        options.tolerance = 1e-6;
        options.sample = 40;
        const GradientCheck check = check_gradient(r.network, r.trial, *loss, 0, options);
        CHECK(check.passed());
        CHECK(check.worst_tangent < 1e-9);
        judged += check.entries.size();
      }
  }
  CHECK(judged > 400);
}

TEST_CASE("an initial state that cannot be is refused") {
  const Layer layer(1);
  const SequentialMachine machine(layer.network);
  Trial trial = layer.trial;
  const auto begin = [&](NeuronId n, double v, std::size_t receptor, double i) {
    auto state = std::make_shared<InitialState>();
    state->v.assign(layer.network.neuron_count(), 0.0);
    state->v[n] = v;
    state->i[receptor].assign(layer.network.neuron_count(), 0.0);
    state->i[receptor][n] = i;
    trial.initial = state;
    return machine.run(trial);
  };
  CHECK_THROWS_WITH(begin(5, 1.0, 0, 0.0), Catch::Contains("at its threshold 1 or above"));
  CHECK_THROWS_WITH(begin(0, 0.5, 0, 0.0), Catch::Contains("is an input"));
  CHECK_THROWS_WITH(begin(5, 0.0, 1, 1.0), Catch::Contains("no current of receptor 2"));
  CHECK_NOTHROW(begin(5, 0.999, 0, 1.0));
  auto state = std::make_shared<InitialState>();
  state->v = {0.0};
  trial.initial = state;
  CHECK_THROWS_WITH(machine.run(trial), Catch::Contains("give one of all, or none"));
}

TEST_CASE("V of a quadratic neuron begins at V, and not at its angle") {
  NetworkBuilder builder;
  builder.add({.name = "q", .model = Model::qif, .size = 1});
  const Network network = builder.build();
  auto state = std::make_shared<InitialState>();
  state->v = {0.3};
  state->i[0] = {0.2};
  const Probe probe{{0}, 5.0};
  std::vector<Recording> samples;
  run_sequential(network, {.duration = 5.0, .inputs = {}, .initial = state}, {}, {&probe, 1},
                 &samples);
  CHECK(samples[0].v[0][0] == Approx(0.3).epsilon(1e-14));
  CHECK(samples[0].i[0][0] == Approx(0.2).epsilon(1e-14));
}

TEST_CASE("margins begin where the neuron does") {
  NetworkBuilder builder;
  builder.add({.name = "n", .size = 1, .tau_mem = {10.0}});
  const Network network = builder.build();
  auto state = std::make_shared<InitialState>();
  state->v = {0.2};
  state->i[0] = {1.0};
  const Tape tape = run_sequential(network, {.duration = 50.0, .inputs = {}, .initial = state});
  REQUIRE(tape.spikes.empty());
  const TrialMargins margins = trial_margins(network, tape, false);
  REQUIRE(margins.silences.size() == 1);
  // tau_mem = 2 tau_syn: with x = e^(-t/10), V = 0.2 x + (x - x^2), largest at x = 0.6.
  CHECK(margins.silences[0].v == Approx(0.36).epsilon(1e-12));
}

TEST_CASE("on a device, trials that begin away from rest are run by the CPU, in batches as well") {
  const Layer layer(3);
  auto state = std::make_shared<InitialState>();
  state->v.assign(layer.network.neuron_count(), 0.0);
  for (NeuronId n = 5; n < 13; ++n) state->v[n] = 0.05 * n;
  Trial trial = layer.trial;
  trial.initial = state;
  const WindowedMachine windowed(layer.network);
  const DeviceMachine device(make_cpu_device(), layer.network);
  const Tape wanted = windowed.run(trial);
  std::vector<Tape> made(3);
  device.run_all(
      3, [&](std::size_t k) { return k == 1 ? layer.trial : trial; }, {},
      [&](std::size_t k, Tape tape) { made[k] = std::move(tape); });
  for (const std::size_t k : {0u, 2u}) {
    REQUIRE(made[k].spikes.size() == wanted.spikes.size());
    for (std::size_t s = 0; s < wanted.spikes.size(); ++s)
      CHECK(made[k].spikes[s].time == wanted.spikes[s].time);
  }
  CHECK(made[1].spikes.size() != wanted.spikes.size());
}
