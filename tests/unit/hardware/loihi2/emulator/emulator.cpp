// The emulator around neuron and synapse. Timing rules: lava-nc/lava b6822fbc (proc/dense); the
// random networks are compared with a second implementation below, which steps every neuron in
// every step.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <fmt/format.h>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/hardware/loihi2/emulator/emulator.hpp>

using namespace retrograde;
using namespace retrograde::loihi2;

namespace {

// One input, `count` neurons that keep nothing from step to step but what arrives (v = u = a << 6).
ChipNetwork memoryless(std::uint32_t count, std::int32_t vth) {
  ChipNetwork network;
  network.populations = {{"in", Model::input, 0, 1, 0}, {"n", Model::cuba_lif, 1, count, 0}};
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

loihi2::CubaLif random_lif(Random& random) {
  loihi2::CubaLif n;
  n.du = static_cast<std::int32_t>(random_in(random, 0, random.index(3) == 0 ? 4095 : 1500));
  n.dv = static_cast<std::int32_t>(random_in(random, 0, random.index(3) == 0 ? 4095 : 500));
  n.vth = static_cast<std::int32_t>(random_in(random, 1, random.index(4) == 0 ? 131071 : 2000));
  if (random.index(3) == 0) {
    n.bias_mantissa = static_cast<std::int32_t>(random_in(random, -4096, 4095));
    n.bias_exponent = static_cast<std::int32_t>(random_in(random, -7, 7));
  }
  if (random.index(4) == 0)
    n.refractory_delay = static_cast<std::int32_t>(random_in(random, 1, 63));
  return n;
}

ChipCells random_cells(Random& random, ChipModel model, std::uint32_t size) {
  const auto in = [&](std::int64_t low, std::int64_t high) {
    return static_cast<std::int32_t>(random_in(random, low, high));
  };
  const auto list = [&](auto make) {
    std::vector<decltype(make())> cells;
    for (std::uint32_t k = 0; k < size; ++k) cells.push_back(make());
    return cells;
  };
  const auto delta = [&] { return Delta{in(0, 60), in(0, 3), in(0, 3), random.index(2) == 0}; };
  switch (model.kind()) {
    case ChipModel::ternary_lif:
      return list([&] {
        const loihi2::CubaLif n = random_lif(random);
        return TernaryLif{n.du, n.dv, -in(0, 3000), n.vth, n.bias_mantissa, n.bias_exponent};
      });
    case ChipModel::graded:
      return list([&] { return Graded{in(0, 400), random.index(2) == 0}; });
    case ChipModel::delta:
      return list(delta);
    case ChipModel::sigma:
      return list([] { return Sigma{}; });
    case ChipModel::sigma_delta:
      return list([&] { return SigmaDelta{delta(), in(-50, 50), random.index(2) == 0}; });
    case ChipModel::resonate_fire:
      return list([&] {
        const auto kind = static_cast<Resonance>(random.index(3));
        return resonate_fire(kind, random.uniform(4.0, 60.0), random.uniform(0.0, 0.3), in(1, 900),
                             kind == Resonance::graded ? 0 : in(0, 7), in(8, 15));
      });
    default:
      return {};
  }
}

// `extreme`: weights and delays of all sizes; else weak and sparse input, so that neurons rest.
ChipNetwork random_network(std::uint64_t entity, bool extreme) {
  Random random(20, "random chip network", entity);
  ChipNetwork network;
  const auto add = [&](const char* name, ChipModel model, std::uint32_t largest) {
    const NeuronId first = network.neuron_count();
    const auto size = static_cast<std::uint32_t>(random_in(random, 1, largest));
    ChipPopulation p{name, model, first, size};
    if (model == ChipModel::cuba_lif && random.index(2) == 0) {
      p.reset_interval = static_cast<std::uint32_t>(random_in(random, 1, 90));
      p.reset_offset = static_cast<std::uint32_t>(random_in(random, 0, 200));
    }
    p.cells = random_cells(random, model, size);
    network.populations.push_back(std::move(p));
    for (std::uint32_t k = 0; k < size; ++k) network.neurons.push_back(random_lif(random));
  };
  const auto other = static_cast<ChipModel::Kind>(
      random_in(random, ChipModel::ternary_lif, ChipModel::resonate_fire));
  add("in", ChipModel::input, 12);
  add("a", ChipModel::cuba_lif, 70);
  add("b", ChipModel::cuba_lif, 40);
  add("out", ChipModel::cuba_li, 9);
  add("in2", ChipModel::input, 5);
  add("other", other, 40);

  const auto connect = [&](std::uint32_t source, std::uint32_t target) {
    ChipProjection p;
    p.name = network.populations[source].name + "->" + network.populations[target].name;
    p.source = source;
    p.target = target;
    p.format.sign = static_cast<SignMode>(random.index(3));
    p.format.bits = static_cast<int>(random_in(random, 1, 8));
    p.format.exponent = static_cast<int>(random_in(random, -8, extreme ? 7 : 0));
    p.message_bits = random.index(3) == 0 ? 8 : 0;
    if (network.populations[target].model == ChipModel::resonate_fire)
      p.port = static_cast<std::uint32_t>(random.index(2));
    const std::uint32_t longest = random.index(2) == 0 ? 63 : random.index(2) == 0 ? 5 : 0;
    const bool sparse = random.index(2) == 0;
    for (std::uint32_t s = 0; s < network.populations[source].size; ++s)
      for (std::uint32_t t = 0; t < network.populations[target].size; ++t) {
        if (sparse && random.index(4) != 0) continue;
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
  connect(0, 5);
  connect(4, 5);
  connect(1, 5);
  if (other != ChipModel::sigma) connect(5, 5);  // it would grow without end
  connect(5, 2);
  return network;
}

// Messages with payloads in `one_in` of the steps of each input.
std::vector<ChipSpike> random_inputs(const ChipNetwork& network, std::uint64_t entity,
                                     std::uint32_t steps, std::uint64_t one_in) {
  Random random(21, "random chip trial", entity);
  std::vector<ChipSpike> inputs;
  for (std::uint32_t t = 0; t < steps; ++t)
    for (const ChipPopulation& p : network.populations)
      if (p.model == ChipModel::input)
        for (NeuronId n = p.first; n < p.first + p.size; ++n)
          if (random.index(one_in) == 0) {
            const auto payload = static_cast<std::int32_t>(random_in(random, -2, 5));
            inputs.push_back({t, n, payload == 0 ? 1 : payload});
          }
  return inputs;
}

// The whole chip, as slowly and plainly as possible: every step asks every synapse whether its
// source fired 1 + d steps ago, and steps every neuron. The arithmetic of cuba_lif and of synapses
// is written down a second time; that of other models is their headers' and compared with Lava
// elsewhere.
struct DenseRun {
  std::vector<std::vector<std::int64_t>> u, v;  // [neuron][step]
  std::vector<std::vector<std::int32_t>> sent;  // [neuron][step]
  std::vector<PopulationActivity> populations;
};

std::int64_t as_register(std::int64_t x, Overflow overflow, std::int64_t half) {
  if (overflow == Overflow::keep) return x;
  if (overflow == Overflow::saturate) return std::min(std::max(x, -(half - 1)), half - 1);
  const std::int64_t highest = overflow == Overflow::lava_wrap ? half : half - 1;
  while (x > highest) x -= 2 * half;
  while (x <= highest - 2 * half) x += 2 * half;
  return x;
}

DenseRun run_densely(const ChipNetwork& network, const std::vector<ChipSpike>& inputs,
                     std::uint32_t steps, const Semantics& semantics) {
  const std::size_t neurons = network.neurons.size();
  DenseRun run;
  run.u.assign(neurons, std::vector<std::int64_t>(steps, 0));
  run.v = run.u;
  run.sent.assign(neurons, std::vector<std::int32_t>(steps, 0));
  run.populations.resize(network.populations.size());
  for (const ChipSpike& s : inputs) run.sent[s.neuron][s.step] = s.payload;

  std::vector<std::int64_t> us(neurons, 0), vs(neurons, 0);
  std::vector<std::int32_t> held(neurons, 0);
  std::vector<TernaryLifState> ternary(neurons);
  std::vector<GradedState> graded(neurons);
  std::vector<DeltaState> delta(neurons);
  std::vector<SigmaState> sigma(neurons);
  std::vector<SigmaDeltaState> sigma_delta(neurons);
  std::vector<ResonateFireState> resonate(neurons);
  const auto modulo_2_32 = [](std::int64_t x) -> std::int64_t {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(x));
  };
  const auto floor_divide = [](std::int64_t x, std::int64_t by) {
    return static_cast<std::int64_t>(std::floor(static_cast<double>(x) / static_cast<double>(by)));
  };
  for (std::uint32_t t = 0; t < steps; ++t) {
    std::vector<std::int64_t> inputs_of[2] = {std::vector<std::int64_t>(neurons, 0),
                                              std::vector<std::int64_t>(neurons, 0)};
    for (const ChipProjection& p : network.projections) {
      const ChipPopulation& from = network.populations[p.source];
      const ChipPopulation& to = network.populations[p.target];
      std::map<std::pair<std::uint32_t, std::uint32_t>, std::int64_t> sums;  // (delay, target)
      for (const ChipSynapse& s : p.synapses) {
        if (t < 1u + s.delay) continue;
        const std::int32_t payload = run.sent[from.first + s.source][t - 1 - s.delay];
        if (payload != 0)
          sums[{s.delay, s.target}] += std::int64_t{s.weight} * (p.message_bits > 0 ? payload : 1);
      }
      const std::int64_t power = std::int64_t{1} << std::abs(p.format.exponent);
      for (const auto& [where, sum] : sums)
        inputs_of[p.port][to.first + where.second] +=
            p.format.exponent >= 0 ? sum * power : floor_divide(modulo_2_32(sum), power);
    }
    for (std::size_t i = 0; i < network.populations.size(); ++i) {
      const ChipPopulation& p = network.populations[i];
      PopulationActivity& activity = run.populations[i];
      const bool resets =
          p.reset_interval > 0 && (t + 1) % p.reset_interval == p.reset_offset % p.reset_interval;
      for (std::size_t n = p.first; n < p.first + p.size; ++n) {
        if (p.model == ChipModel::input) {
          activity.spikes += run.sent[n][t] != 0;
          continue;
        }
        const std::int64_t a = modulo_2_32(inputs_of[0][n]);
        activity.a.include(a);
        activity.a_overflows += a < -32768 || a > 32767;
        // u and v by reference: the step is taken while the arguments are made.
        const auto take = [&](const StepOutcome& o, const std::int32_t& u, const std::int32_t& v) {
          run.u[n][t] = u;
          run.v[n][t] = v;
          run.sent[n][t] = o.spike;
          activity.u.include(u);
          activity.v.include(o.v);
          activity.u_wraps += o.wrapped;
          activity.v_saturations += o.saturated;
        };
        const std::size_t k = n - p.first;
        const auto a32 = static_cast<std::int32_t>(a);
        switch (p.model.kind()) {
          case ChipModel::cuba_lif:
          case ChipModel::cuba_li: {
            const loihi2::CubaLif& c = network.neurons[n];
            if (resets) us[n] = vs[n] = held[n] = 0;
            // Division of integers in C++ rounds toward zero.
            const std::int64_t current =
                us[n] * (4096 - c.du - 1) / 4096 + 64 * as_register(a, semantics.a, 1 << 15);
            us[n] = as_register(current, semantics.u, 1 << 23);
            activity.u_wraps += us[n] != current;
            const double bias = std::ldexp(static_cast<double>(c.bias_mantissa), c.bias_exponent);
            const std::int64_t voltage =
                vs[n] * (4096 - c.dv) / 4096 + us[n] + static_cast<std::int64_t>(std::floor(bias));
            vs[n] = as_register(voltage, semantics.v, 1 << 23);
            if (held[n] > 0) --held[n];
            if (held[n] > 0)
              vs[n] = 0;
            else
              activity.v_saturations += vs[n] != voltage;
            activity.u.include(us[n]);
            activity.v.include(vs[n]);
            if (p.model == ChipModel::cuba_lif && vs[n] > 64 * std::int64_t{c.vth}) {
              vs[n] = 0;
              held[n] = c.refractory_delay;
              run.sent[n][t] = 1;
            }
            run.u[n][t] = us[n];
            run.v[n][t] = semantics.spike_register == SpikeRegister::refractory_counter && held[n]
                              ? 128 * held[n]
                              : vs[n];
            break;
          }
          case ChipModel::ternary_lif:
            take(step(std::get<std::vector<TernaryLif>>(p.cells)[k], ternary[n], a, semantics),
                 ternary[n].u, ternary[n].v);
            break;
          case ChipModel::graded:
            take(step(std::get<std::vector<Graded>>(p.cells)[k], graded[n], a32, semantics), 0, 0);
            break;
          case ChipModel::delta:
            take(step(std::get<std::vector<Delta>>(p.cells)[k], delta[n], a32, semantics),
                 delta[n].act, delta[n].residue);
            break;
          case ChipModel::sigma:
            take(step(std::get<std::vector<Sigma>>(p.cells)[k], sigma[n], a32, semantics),
                 sigma[n].sigma, 0);
            break;
          case ChipModel::sigma_delta:
            take(
                step(std::get<std::vector<SigmaDelta>>(p.cells)[k], sigma_delta[n], a32, semantics),
                sigma_delta[n].sigma, sigma_delta[n].delta.residue);
            break;
          case ChipModel::resonate_fire:
            take(step(std::get<std::vector<ResonateFire>>(p.cells)[k], resonate[n], a,
                      modulo_2_32(inputs_of[1][n]), semantics),
                 resonate[n].re, resonate[n].im);
            break;
          case ChipModel::lca:  // of neurons that have a machine of their own: tests of pursuit/
          case ChipModel::lca_residual:
          case ChipModel::input:
            break;
        }
        activity.spikes += run.sent[n][t] != 0;
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

TEST_CASE("sums beyond 16 bits are exact, of many synapses and of few", "[loihi2]") {
  constexpr std::uint32_t targets = 40;
  // `sources` inputs that fire in step 0, each with two synapses onto every target.
  const auto u_of = [&](std::uint32_t sources, std::int16_t weight, int exponent) {
    ChipNetwork network = memoryless(targets, loihi2::vth_limit);
    network.populations[0].size = network.populations[1].first = sources;
    network.neurons.assign(sources + targets, network.neurons.back());
    ChipProjection p{"p", 0, 1, {SignMode::excitatory, 8, exponent}, {}};
    for (std::uint32_t source = 0; source < sources; ++source)
      for (std::uint32_t k = 0; k < 2 * targets; ++k)
        p.synapses.push_back({source, k / 2, weight, 0});
    network.projections = {p};
    EmulationOptions options;
    for (NeuronId n = sources; n < sources + targets; ++n) options.trace.neurons.push_back(n);
    std::vector<ChipSpike> inputs;
    for (NeuronId n = 0; n < sources; ++n) inputs.push_back({0, n});
    const Emulation run = Emulator(network).run(inputs, 2, options);
    CHECK(run.synaptic_operations == 2 * targets * sources);
    for (const std::vector<std::int32_t>& u : run.trace.u) CHECK(u == run.trace.u[0]);
    return run.trace.u[0][1];
  };
  CHECK(u_of(150, 254, 0) == 64 * 300 * 254);
  CHECK(u_of(3, 254, 4) == 64 * 6 * 254 * 16);
  CHECK(u_of(1, 255, 7) == 64 * 2 * 255 * 128);
}

namespace {

struct Reached {
  std::uint64_t spikes = 0, wraps = 0, saturations = 0, overflows = 0;
};

// Compares emulator and dense implementation: every u, v and message, and all counters.
void compare_with_dense(const ChipNetwork& network, const std::vector<ChipSpike>& inputs,
                        std::uint32_t steps, const Semantics& semantics, Reached& reached) {
  EmulationOptions options;
  std::vector<NeuronId>& traced = options.trace.neurons;
  for (const ChipPopulation& p : network.populations)
    if (p.model != ChipModel::input)
      for (NeuronId n = p.first; n < p.first + p.size; ++n) traced.push_back(n);
  const Emulation run = Emulator(network, semantics).run(inputs, steps, options);
  const DenseRun dense = run_densely(network, inputs, steps, semantics);

  std::uint64_t differences = 0;
  std::string first;
  for (std::size_t i = 0; i < traced.size(); ++i)
    for (std::size_t t = 0; t < steps; ++t) {
      const std::int64_t u = dense.u[traced[i]][t], v = dense.v[traced[i]][t];
      if (run.trace.u[i][t] == u && run.trace.v[i][t] == v) continue;
      if (differences++ == 0)
        first = fmt::format("{} in step {}: u {}, v {}; densely u {}, v {}",
                            network.neuron_name(traced[i]), t, run.trace.u[i][t], run.trace.v[i][t],
                            u, v);
    }
  INFO(first);
  std::vector<ChipSpike> expected;
  for (std::uint32_t t = 0; t < steps; ++t)
    for (NeuronId n = 0; n < network.neuron_count(); ++n)
      if (dense.sent[n][t] != 0) expected.push_back({t, n, dense.sent[n][t]});
  CHECK(differences == 0);
  CHECK(run.spikes == expected);
  for (std::size_t p = 0; p < run.populations.size(); ++p) {
    INFO(network.populations[p].name);
    CHECK((run.populations[p] == dense.populations[p]));
  }
  reached.spikes += run.spikes.size() - inputs.size();
  for (const PopulationActivity& activity : run.populations) {
    reached.wraps += activity.u_wraps;
    reached.saturations += activity.v_saturations;
    reached.overflows += activity.a_overflows;
  }
}

}  // namespace

TEST_CASE("random networks of all models equal a dense implementation in every u, v and message",
          "[loihi2]") {
  constexpr std::uint32_t steps = 200;
  const std::vector<Semantics> choices = {
      {},
      {Overflow::twos_complement, Overflow::twos_complement, Overflow::saturate},
      {Overflow::saturate, Overflow::saturate, Overflow::twos_complement,
       SpikeRegister::refractory_counter},
      {Overflow::keep, Overflow::twos_complement, Overflow::twos_complement},
      {Overflow::keep, Overflow::saturate, Overflow::saturate, SpikeRegister::refractory_counter}};
  for (std::size_t choice = 0; choice < choices.size(); ++choice) {
    Reached reached;
    for (std::uint64_t k = 0; k < 14; ++k) {
      INFO("choice " << choice << ", network " << k);
      const ChipNetwork network = random_network(100 * choice + k, true);
      compare_with_dense(network, random_inputs(network, k, steps, 7), steps, choices[choice],
                         reached);
    }
    // The comparison has reached what it is about.
    CHECK(reached.spikes > 10000);
    CHECK(reached.wraps > 20);
    CHECK(reached.saturations > 100);
    CHECK(reached.overflows > 20);
  }
}

TEST_CASE("neurons that are left out while they rest equal those of a dense implementation",
          "[loihi2]") {
  constexpr std::uint32_t steps = 1500;
  Reached reached;
  for (std::uint64_t k = 0; k < 20; ++k) {
    INFO("network " << k);
    ChipNetwork network = random_network(1000 + k, false);
    for (loihi2::CubaLif& n : network.neurons) n.vth = std::max(n.vth, 300);
    compare_with_dense(network, random_inputs(network, k, steps, 400), steps, {}, reached);
  }
  CHECK(reached.spikes > 1000);
}

TEST_CASE("a reset wakes a population that rests off zero", "[loihi2]") {
  // v rests where what it loses a step is the bias; the reset at step 899 sets it back.
  ChipNetwork network = memoryless(1, loihi2::vth_limit);
  network.neurons[1] = {.du = 4095, .dv = 1024, .bias_mantissa = 1000};
  network.populations[1].reset_interval = 900;
  EmulationOptions options;
  options.trace.neurons = {1};
  const Emulation run = Emulator(network).run(Trial{1000.0, {}}, options);
  const std::vector<std::int32_t>& v = run.trace.v[0];
  CHECK(v[0] == 1000);
  CHECK(v[898] == v[500]);
  CHECK(v[898] > 3900);
  CHECK(v[899] == 1000);
  CHECK(v[900] == 1750);
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
  network.populations = {{"in", Model::input, 0, 1, 0}, {"out", Model::cuba_li, 1, 2, 2, {0.25}}};
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
  network.populations = {{"in", Model::input, 0, 1, 0}, {"out", Model::cuba_li, 1, 3, 2, {0.25}}};
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
  network.populations[1] = {"out", Model::cuba_li, 400, 1, 0};
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
  refuse([](ChipNetwork& n) { n.populations[1].scales = {0.0}; });
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
  refuse([](ChipNetwork& n) { n.projections[0].message_bits = 33; });
  refuse([](ChipNetwork& n) { n.projections[0].port = 1; });
  refuse([](ChipNetwork& n) { n.populations[1].model = ChipModel::graded; });
  refuse([](ChipNetwork& n) { n.populations[1].cells = std::vector<Graded>(2); });
  refuse([](ChipNetwork& n) {
    n.populations[1].model = ChipModel::graded;
    n.populations[1].cells = std::vector<Graded>(3);
  });
  refuse([](ChipNetwork& n) {
    n.populations[1].model = ChipModel::graded;
    n.populations[1].cells = std::vector<Graded>(2, {.vth = -1});
  });
  refuse([](ChipNetwork& n) {
    n.populations[1].model = ChipModel::sigma;
    n.populations[1].cells = std::vector<Sigma>(2);
    n.populations[1].reset_interval = 8;
  });
}

TEST_CASE("messages that no host could send are refused", "[loihi2]") {
  const Emulator emulator(memoryless(1, 1));
  using Inputs = std::vector<ChipSpike>;
  CHECK(emulator.run(Inputs{{1, 0, 5}, {2, 0, -5}}, 4).populations[0].spikes == 2);
  CHECK_THROWS_AS(emulator.run(Inputs{{1, 1}}, 4), NetworkError);
  CHECK_THROWS_AS(emulator.run(Inputs{{1, 2}}, 4), NetworkError);
  CHECK_THROWS_AS(emulator.run(Inputs{{4, 0}}, 4), NetworkError);
  CHECK_THROWS_AS(emulator.run(Inputs{{1, 0, 0}}, 4), NetworkError);
  CHECK_THROWS_AS(emulator.run(Inputs{{1, 0}, {1, 0}}, 4), NetworkError);
  CHECK_THROWS_AS(emulator.run(Inputs{{2, 0}, {1, 0}}, 4), NetworkError);
}

TEST_CASE("semantics that no source has are refused", "[loihi2]") {
  const ChipNetwork network = memoryless(1, 1);
  CHECK_THROWS_AS(Emulator(network, {.a = Overflow::lava_wrap}), NetworkError);
  CHECK_THROWS_AS(Emulator(network, {.u = Overflow::keep}), NetworkError);
  CHECK_THROWS_AS(Emulator(network, {.v = Overflow::lava_wrap}), NetworkError);
  CHECK_THROWS_AS(Emulator(network, {.v = Overflow::keep}), NetworkError);
}
