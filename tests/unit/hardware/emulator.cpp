// The emulator around neuron and synapse. Timing rules: lava-nc/lava b6822fbc (proc/dense); the
// random networks are compared with a second implementation below that shares no arithmetic with
// the first.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/hardware/loihi2/emulator.hpp>

using namespace retrograde;
using namespace retrograde::loihi2;

namespace {

// One input, `count` neurons that keep nothing from step to step but what arrives (v = u = a << 6).
ChipNetwork memoryless(std::uint32_t count, std::int32_t vth) {
  ChipNetwork network;
  network.populations = {{"in", Model::input, 0, 1, 0, 1.0},
                         {"n", Model::cuba_lif, 1, count, 0, 1.0}};
  network.neurons.assign(count + 1, {.du = 4095, .dv = 4095, .vth = vth});
  return network;
}

std::vector<std::uint32_t> spikes_of(const Emulation& run, NeuronId neuron) {
  std::vector<std::uint32_t> steps;
  for (const ChipSpike& s : run.spikes)
    if (s.neuron == neuron) steps.push_back(s.step);
  return steps;
}

std::int64_t random_in(Random& random, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(random.index(static_cast<std::uint64_t>(high - low + 1)));
}

ChipNetwork random_network(std::uint64_t entity) {
  Random random(20, "random chip network", entity);
  ChipNetwork network;
  const auto add = [&](const char* name, Model model, std::uint32_t size) {
    const NeuronId first = network.neuron_count();
    network.populations.push_back({name, model, first, size, 0, 1.0});
    for (std::uint32_t k = 0; k < size; ++k) {
      loihi2::CubaLif n;
      n.du = static_cast<std::int32_t>(random_in(random, 0, random.index(3) == 0 ? 4095 : 1500));
      n.dv = static_cast<std::int32_t>(random_in(random, 0, random.index(3) == 0 ? 4095 : 500));
      n.vth = static_cast<std::int32_t>(random_in(random, 1, random.index(4) == 0 ? 131071 : 2000));
      if (random.index(3) == 0) {
        n.bias_mantissa = static_cast<std::int32_t>(random_in(random, -4096, 4095));
        n.bias_exponent = static_cast<std::int32_t>(random_in(random, -7, 7));
      }
      network.neurons.push_back(n);
    }
  };
  add("in", Model::input, 12);
  add("a", Model::cuba_lif, 9);
  add("b", Model::cuba_lif, 7);
  add("out", Model::cuba_li, 4);
  add("in2", Model::input, 5);

  const auto connect = [&](std::uint32_t source, std::uint32_t target) {
    ChipProjection p;
    p.name = network.populations[source].name + "->" + network.populations[target].name;
    p.source = source;
    p.target = target;
    p.format.sign = static_cast<SignMode>(random.index(3));
    p.format.bits = static_cast<int>(random_in(random, 1, 8));
    p.format.exponent = static_cast<int>(random_in(random, -8, 4));
    const std::uint32_t longest = random.index(2) == 0 ? 63 : 5;
    for (std::uint32_t s = 0; s < network.populations[source].size; ++s)
      for (std::uint32_t t = 0; t < network.populations[target].size; ++t) {
        if (random.index(4) == 0) continue;
        const auto weight =
            stored_weight(static_cast<std::int32_t>(random_in(random, -256, 255)), p.format);
        p.synapses.push_back({s, t, static_cast<std::int16_t>(weight),
                              static_cast<std::uint8_t>(random_in(random, 0, longest))});
      }
    network.projections.push_back(std::move(p));
  };
  connect(0, 1);
  connect(1, 1);
  connect(1, 2);
  connect(2, 1);
  connect(2, 2);
  connect(1, 3);
  connect(2, 3);
  connect(4, 1);
  connect(4, 3);
  connect(0, 1);
  return network;
}

Trial random_trial(const ChipNetwork& network, std::uint64_t entity, int steps) {
  Random random(21, "random chip trial", entity);
  Trial trial{static_cast<double>(steps), {}};
  for (int t = 0; t < steps; ++t)
    for (const ChipPopulation& p : network.populations)
      if (p.model == Model::input)
        for (NeuronId n = p.first; n < p.first + p.size; ++n)
          if (random.index(7) == 0) trial.inputs.push_back({static_cast<double>(t), n});
  return trial;
}

// The whole chip, as slowly and plainly as possible: every step asks every synapse whether its
// source fired 1 + d steps ago.
struct DenseRun {
  std::vector<std::vector<std::int64_t>> u, v;  // [neuron][step]
  std::vector<std::vector<char>> fired;         // [neuron][step]
};

DenseRun run_densely(const ChipNetwork& network, const Trial& trial, int steps) {
  const std::size_t neurons = network.neurons.size();
  DenseRun run;
  run.u.assign(neurons, std::vector<std::int64_t>(static_cast<std::size_t>(steps), 0));
  run.v = run.u;
  run.fired.assign(neurons, std::vector<char>(static_cast<std::size_t>(steps), 0));
  for (const Spike& s : trial.inputs) run.fired[s.neuron][static_cast<std::size_t>(s.time)] = 1;

  const auto floor_divide = [](std::int64_t x, std::int64_t by) {
    return static_cast<std::int64_t>(std::floor(static_cast<double>(x) / static_cast<double>(by)));
  };
  for (int t = 0; t < steps; ++t) {
    const auto now = static_cast<std::size_t>(t);
    std::vector<std::int64_t> a(neurons, 0);
    for (const ChipProjection& p : network.projections) {
      const ChipPopulation& from = network.populations[p.source];
      const ChipPopulation& to = network.populations[p.target];
      std::vector<std::int64_t> sum(to.size, 0);
      for (const ChipSynapse& s : p.synapses) {
        const int origin = t - 1 - s.delay;
        if (origin >= 0 && run.fired[from.first + s.source][static_cast<std::size_t>(origin)])
          sum[s.target] += s.weight;
      }
      const std::int64_t power = std::int64_t{1} << std::abs(p.format.exponent);
      for (std::uint32_t k = 0; k < to.size; ++k)
        a[to.first + k] += p.format.exponent >= 0 ? sum[k] * power : floor_divide(sum[k], power);
    }
    for (const ChipPopulation& p : network.populations) {
      if (p.model == Model::input) continue;
      for (std::size_t n = p.first; n < p.first + p.size; ++n) {
        const loihi2::CubaLif& c = network.neurons[n];
        // Division of integers in C++ rounds toward zero.
        std::int64_t u = (t > 0 ? run.u[n][now - 1] : 0) * (4096 - c.du - 1) / 4096 + 64 * a[n];
        if (u > 8388608) {
          u -= 16777216;
        } else if (u <= -8388608) {
          u += 16777216;
        }
        const double scaled = std::ldexp(static_cast<double>(c.bias_mantissa), c.bias_exponent);
        std::int64_t v = (t > 0 ? run.v[n][now - 1] : 0) * (4096 - c.dv) / 4096 + u +
                         static_cast<std::int64_t>(std::floor(scaled));
        v = std::min<std::int64_t>(std::max<std::int64_t>(v, -8388607), 8388607);
        const bool fires = p.model == Model::cuba_lif && v > 64 * std::int64_t{c.vth};
        run.u[n][now] = u;
        run.v[n][now] = fires ? 0 : v;
        run.fired[n][now] = fires;
      }
    }
  }
  return run;
}

}  // namespace

TEST_CASE("a spike at step t over delay d is input of step t + 1 + d", "[loihi2]") {
  ChipNetwork network = memoryless(64, 1);
  network.projections = {{"in->n", 0, 1, {SignMode::excitatory, 8, 0}, {}}};
  for (std::uint32_t d = 0; d <= delay_limit; ++d)
    network.projections[0].synapses.push_back({0, d, 2, static_cast<std::uint8_t>(d)});
  const Emulation run = Emulator(network).run({200.0, {{7.0, 0}, {90.0, 0}}});
  for (std::uint32_t d = 0; d <= delay_limit; ++d)
    CHECK(spikes_of(run, 1 + d) == std::vector<std::uint32_t>{7 + 1 + d, 90 + 1 + d});
  CHECK(run.synaptic_operations == 128);
}

TEST_CASE("recurrent and self connections have the same latency", "[loihi2]") {
  ChipNetwork network = memoryless(2, 1);
  network.projections = {
      {"in->n", 0, 1, {SignMode::excitatory, 8, 0}, {{0, 0, 2, 0}}},
      // 0 -> 1 at once, 1 -> 0 after two more steps, 1 -> 1 after four more.
      {"n->n", 1, 1, {SignMode::excitatory, 8, 0}, {{0, 1, 2, 0}, {1, 0, 2, 2}, {1, 1, 2, 4}}}};
  const Emulation run = Emulator(network).run({12.0, {{0.0, 0}}});
  CHECK(spikes_of(run, 1) == std::vector<std::uint32_t>{1, 5, 9, 10});
  CHECK(spikes_of(run, 2) == std::vector<std::uint32_t>{2, 6, 7, 10, 11});
}

TEST_CASE("the exponent shifts each step's sum and not each weight", "[loihi2]") {
  ChipNetwork network = memoryless(1, loihi2::vth_limit);
  network.populations[0].size = 2;
  network.populations[1].first = 2;
  network.neurons.push_back(network.neurons.back());
  // 3 and 4 give (3 + 4) >> 1 = 3 together, 1 and 2 apart; the second projection is shifted on its
  // own.
  network.projections = {{"p", 0, 1, {SignMode::excitatory, 8, -1}, {{0, 0, 3, 0}, {1, 0, 4, 0}}},
                         {"q", 0, 1, {SignMode::mixed, 8, -2}, {{0, 0, -2, 0}, {1, 0, 6, 3}}}};
  EmulationOptions options;
  options.trace.neurons = {2};
  const Emulation together = Emulator(network).run({6.0, {{0.0, 0}, {0.0, 1}}}, options);
  CHECK(together.trace.u[0] == std::vector<std::int32_t>{0, 64 * (3 - 1), 0, 0, 64 * 1, 0});
  const Emulation apart = Emulator(network).run({6.0, {{0.0, 0}, {1.0, 1}}}, options);
  CHECK(apart.trace.u[0] == std::vector<std::int32_t>{0, 64 * (1 - 1), 64 * 2, 0, 0, 64 * 1});
}

TEST_CASE("random recurrent networks equal a dense implementation in every u, v and spike",
          "[loihi2]") {
  constexpr int steps = 250;
  std::uint64_t spikes = 0, wraps = 0, saturations = 0;
  for (std::uint64_t k = 0; k < 60; ++k) {
    const ChipNetwork network = random_network(k);
    const Trial trial = random_trial(network, k, steps);
    EmulationOptions options;
    std::vector<NeuronId>& traced = options.trace.neurons;
    for (const ChipPopulation& p : network.populations)
      if (p.model != Model::input)
        for (NeuronId n = p.first; n < p.first + p.size; ++n) traced.push_back(n);
    const Emulation run = Emulator(network).run(trial, options);
    const DenseRun dense = run_densely(network, trial, steps);

    std::uint64_t differences = 0;
    for (std::size_t i = 0; i < traced.size(); ++i)
      for (std::size_t t = 0; t < steps; ++t) {
        differences += run.trace.u[i][t] != dense.u[traced[i]][t];
        differences += run.trace.v[i][t] != dense.v[traced[i]][t];
      }
    std::vector<ChipSpike> expected;
    for (std::uint32_t t = 0; t < steps; ++t)
      for (NeuronId n = 0; n < network.neuron_count(); ++n)
        if (dense.fired[n][t]) expected.push_back({t, n});
    INFO("network " << k);
    CHECK(differences == 0);
    CHECK(run.spikes == expected);
    spikes += run.spikes.size() - trial.inputs.size();
    for (const PopulationActivity& activity : run.populations) {
      wraps += activity.u_wraps;
      saturations += activity.v_saturations;
    }
  }
  // The comparison has reached what it is about.
  CHECK(spikes > 10000);
  CHECK(wraps > 20);
  CHECK(saturations > 100);
}

TEST_CASE("input spikes go to the nearest step and collide at most once a step", "[loihi2]") {
  ChipNetwork network = memoryless(1, 1);
  network.step = 2.0;
  network.projections = {{"in->n", 0, 1, {SignMode::excitatory, 8, 0}, {{0, 0, 2, 0}}}};
  const Emulator emulator(network);
  const Emulation run = emulator.run({20.0, {{0.9, 0}, {1.0, 0}, {2.9, 0}, {6.1, 0}, {19.9, 0}}});
  CHECK(run.steps == 10);
  CHECK(spikes_of(run, 0) ==
        std::vector<std::uint32_t>{0, 1, 3, 9});  // 2.9 collides with 1.0; 19.9 stays inside
  CHECK(run.input_collisions == 1);
  CHECK(run.populations[0].spikes == 4);
  CHECK(spikes_of(run, 1) == std::vector<std::uint32_t>{1, 2, 4});
  CHECK(emulator.time_of({3, 0}) == 6.0);
  CHECK(emulator.time_of({4, 1}) == 9.0);
  CHECK(emulator.run({19.0, {}}).steps == 10);
  CHECK(emulator.run({0.3, {}}).steps == 1);
}

TEST_CASE("a lag starts and ends a population later and reads its time back", "[loihi2]") {
  ChipNetwork network = memoryless(1, 100);
  network.neurons[1].bias_mantissa = 4000;
  network.neurons[1].bias_exponent = 1;
  network.populations[1].lag = 3;
  const Emulator emulator(network);
  const Emulation run = emulator.run({4.0, {}});
  CHECK(run.steps == 4);
  CHECK(run.total_steps == 7);
  CHECK(spikes_of(run, 1) == std::vector<std::uint32_t>{3, 4, 5, 6});
  CHECK(emulator.time_of({3, 1}) == 0.5);
}

TEST_CASE("the voltage integral is the weighted sum of v after each step", "[loihi2]") {
  ChipNetwork network;
  network.step = 0.5;
  network.populations = {{"in", Model::input, 0, 1, 0, 1.0},
                         {"out", Model::cuba_li, 1, 2, 2, 0.25}};
  network.neurons.assign(3, {.du = 700, .dv = 300});
  network.projections = {
      {"in->out", 0, 1, {SignMode::mixed, 8, 0}, {{0, 0, 20, 1}, {0, 1, -6, 4}}}};
  const Emulator emulator(network);
  EmulationOptions options;
  options.readout = {Readout::Kind::voltage_integral, 1, 3.0};
  options.trace.neurons = {1, 2};
  const Emulation run = emulator.run({10.0, {{0.5, 0}, {2.0, 0}}}, options);
  REQUIRE(run.voltage_integrals.size() == 3);
  for (std::size_t k = 0; k < 2; ++k) {
    double sum = 0.0;
    for (std::size_t n = 0; n < 20; ++n)
      sum += std::exp(-0.5 * static_cast<double>(n + 1) / 3.0) * 0.25 / 64.0 *
             run.trace.v[k][n + 2] * 0.5;
    CHECK(run.voltage_integrals[1 + k] == Approx(sum).epsilon(1e-13));
  }
  CHECK(run.decision == 0);
  options.readout.weighting = TimeWeight::linear();
  double linear = 0.0;  // 1 - t/T at the ends of 20 steps
  for (std::size_t n = 0; n < 20; ++n)
    linear += (1.0 - static_cast<double>(n + 1) / 20.0) * 0.25 / 64.0 * run.trace.v[0][n + 2] * 0.5;
  CHECK(emulator.run({10.0, {{0.5, 0}, {2.0, 0}}}, options).voltage_integrals[1] ==
        Approx(linear).epsilon(1e-13));
  options.readout.weighting = never;
  double sum = 0.0;
  for (const std::int32_t v : run.trace.v[0]) sum += v * 0.5 * 0.25 / 64.0;
  CHECK(emulator.run({10.0, {{0.5, 0}, {2.0, 0}}}, options).voltage_integrals[1] ==
        Approx(sum).epsilon(1e-13));
}

TEST_CASE("the voltage maximum is the largest v after any step, 0 before the first", "[loihi2]") {
  ChipNetwork network;
  network.step = 0.5;
  network.populations = {{"in", Model::input, 0, 1, 0, 1.0},
                         {"out", Model::cuba_li, 1, 3, 2, 0.25}};
  network.neurons.assign(4, {.du = 700, .dv = 300});
  network.projections = {
      {"in->out", 0, 1, {SignMode::mixed, 8, 0}, {{0, 0, -6, 1}, {0, 1, 20, 1}, {0, 2, 6, 4}}}};
  const Emulator emulator(network);
  EmulationOptions options;
  options.readout = {Readout::Kind::voltage_maximum, 1};
  options.trace.neurons = {1, 2, 3};
  const Emulation run = emulator.run({10.0, {{0.5, 0}, {2.0, 0}}}, options);
  REQUIRE(run.voltage_maxima.size() == 4);
  CHECK(run.voltage_integrals.empty());
  CHECK(run.voltage_maxima[1] == 0.0);  // inhibited all along
  for (std::size_t k = 1; k < 3; ++k) {
    const auto& v = run.trace.v[k];
    const std::int32_t top = *std::max_element(v.begin(), v.end());
    CHECK(top > v.back());
    CHECK(run.voltage_maxima[1 + k] == top * 0.25 / 64.0);
  }
  CHECK(run.decision == 1);
}

TEST_CASE("the first spike decides, the lower neuron on a tie, nobody when all are silent",
          "[loihi2]") {
  ChipNetwork network = memoryless(3, 1);
  network.projections = {
      {"in->n", 0, 1, {SignMode::excitatory, 8, 0}, {{0, 0, 2, 4}, {0, 1, 2, 3}, {0, 2, 2, 3}}}};
  const Emulator emulator(network);
  EmulationOptions options;
  options.readout = {Readout::Kind::first_spike, 1, never};
  CHECK(emulator.run({20.0, {{0.0, 0}}}, options).decision == 1);
  CHECK(emulator.run({20.0, {}}, options).decision == no_decision);
  CHECK(emulator.run({20.0, {{0.0, 0}}}).decision == no_decision);
}

TEST_CASE("ranges and overflows of every register are counted", "[loihi2]") {
  ChipNetwork network = memoryless(1, loihi2::vth_limit);
  network.populations[0].size = 400;
  network.populations[1] = {"out", Model::cuba_li, 400, 1, 0, 1.0};
  network.neurons.assign(401, {.du = 0, .dv = 0});
  network.projections = {{"p", 0, 1, {SignMode::excitatory, 8, 3}, {}}};
  Trial trial{6.0, {}};
  for (std::uint32_t k = 0; k < 400; ++k) {
    network.projections[0].synapses.push_back({k, 0, 255, 0});
    trial.inputs.push_back({0.0, k});
  }
  const PopulationActivity activity = Emulator(network).run(trial).populations[1];
  CHECK(activity.a.max == 400 * 255 * 8);
  CHECK(activity.a.min == 0);
  CHECK(activity.a_overflows == 1);
  CHECK(activity.u_wraps == 1);
  CHECK(activity.u.max <= loihi2::state_limit);
  CHECK(activity.v.max <= loihi2::v_limit);
  CHECK(activity.spikes == 0);
}

TEST_CASE("trials that cannot be are refused", "[loihi2]") {
  const Emulator emulator(memoryless(1, 1));
  CHECK_THROWS_AS(emulator.run({10.0, {{10.0, 0}}}), NetworkError);
  CHECK_THROWS_AS(emulator.run({10.0, {{-1.0, 0}}}), NetworkError);
  CHECK_THROWS_AS(emulator.run({10.0, {{1.0, 1}}}), NetworkError);
  CHECK_THROWS_AS(emulator.run({10.0, {{1.0, 9}}}), NetworkError);
  CHECK_THROWS_AS(emulator.run({10.0, {{2.0, 0}, {1.0, 0}}}), NetworkError);
  CHECK_THROWS_AS(emulator.run({0.0, {}}), NetworkError);
  CHECK_THROWS_AS(emulator.run({1e12, {}}), LimitError);
  EmulationOptions options;
  options.trace.neurons = {0};
  CHECK_THROWS_AS(emulator.run({10.0, {}}, options), NetworkError);
}

TEST_CASE("chip networks that the chip could not hold are refused", "[loihi2]") {
  const ChipNetwork good = [] {
    ChipNetwork network = memoryless(2, 1);
    network.projections = {{"in->n", 0, 1, {SignMode::mixed, 8, 0}, {{0, 1, 2, 3}}}};
    return network;
  }();
  CHECK_NOTHROW(Emulator(good));
  const auto refuse = [&](auto change) {
    ChipNetwork network = good;
    change(network);
    CHECK_THROWS_AS(Emulator(network), Error);
  };
  refuse([](ChipNetwork& n) { n.step = 0.0; });
  refuse([](ChipNetwork& n) { n.spike_phase = 1.5; });
  refuse([](ChipNetwork& n) { n.populations[1].first = 2; });
  refuse([](ChipNetwork& n) { n.populations[1].size = 0; });
  refuse([](ChipNetwork& n) { n.populations[0].lag = 1; });
  refuse([](ChipNetwork& n) { n.populations[1].scale = 0.0; });
  refuse([](ChipNetwork& n) { n.neurons.pop_back(); });
  refuse([](ChipNetwork& n) { n.neurons[2].vth = 0; });
  refuse([](ChipNetwork& n) { n.projections[0].source = 2; });
  refuse([](ChipNetwork& n) { n.projections[0].target = 0; });
  refuse([](ChipNetwork& n) { n.projections[0].format.bits = 9; });
  refuse([](ChipNetwork& n) { n.projections[0].format.exponent = 8; });
  refuse([](ChipNetwork& n) { n.projections[0].synapses[0].weight = 3; });
  refuse([](ChipNetwork& n) { n.projections[0].synapses[0].delay = 64; });
  refuse([](ChipNetwork& n) { n.projections[0].synapses[0].target = 2; });
  refuse([](ChipNetwork& n) {
    n.populations[1].model = Model::cuba_li;
    n.projections[0].source = 1;
  });
}
