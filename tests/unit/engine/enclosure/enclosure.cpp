// Enclosures hold what they promise: of random networks within the bounds, run exactly, no spike, no
// voltage and no decision lies outside; and they are no wider than they have to be where a closed form
// says how wide that is.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <random>

#include <retrograde/engine/enclosure/enclosure.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/engine/stepped/stepped.hpp>
#include <retrograde/events/error.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

using Random = std::mt19937_64;

double uniform(Random& random, double low, double high) {
  return std::uniform_real_distribution<double>(low, high)(random);
}

struct Case {
  Network network;
  Trial trial;
  Readout readout;
};

// in (8) -> hidden (10, perhaps onto itself) -> out (3); delays and inputs on a grid of `grid` ms.
Case random_case(std::uint64_t seed, bool recurrent, bool fires, double grid) {
  Random random(seed);
  const auto on_grid = [&](double low, double high) {
    return std::round(uniform(random, low, high) / grid) * grid;
  };
  NetworkBuilder builder;
  builder.add({.name = "in", .model = Model::input, .size = 8});
  PopulationSpec hidden{.name = "hidden", .size = 10, .tau_mem = {}, .tau_syn = {}};
  for (int k = 0; k < 10; ++k) {
    hidden.tau_mem.push_back(uniform(random, 8.0, 25.0));
    hidden.tau_syn.push_back(uniform(random, 3.0, 10.0));
  }
  hidden.bias = {uniform(random, 0.0, 0.3)};
  if (seed % 4 == 0) hidden.t_ref = {4 * grid};
  builder.add(hidden);
  PopulationSpec out{.name = "out", .model = fires ? Model::cuba_lif : Model::cuba_li, .size = 3};
  builder.add(out);
  const auto dense = [&](std::uint32_t sources, std::uint32_t targets, double low, double high,
                         double shortest) {
    std::vector<SynapseSpec> synapses;
    for (std::uint32_t s = 0; s < sources; ++s)
      for (std::uint32_t t = 0; t < targets; ++t)
        synapses.push_back({s, t, uniform(random, low, high), on_grid(shortest, shortest + 6.0)});
    return synapses;
  };
  builder.connect(0, 1, dense(8, 10, -0.4, 1.6, 0.0));
  if (recurrent) builder.connect(1, 1, dense(10, 10, -0.6, 0.5, 2.0));
  builder.connect(1, 2, dense(10, 3, -0.8, 2.0, 0.0));
  Case result{builder.build(), {40.0, {}}, {}};
  for (NeuronId n = 0; n < 8; ++n)
    for (int k = 0; k < 3; ++k) result.trial.inputs.push_back({on_grid(1.0, 30.0), n});
  sort_inputs(result.trial);
  // A grid takes two spikes of a neuron at one instant for one.
  auto& inputs = result.trial.inputs;
  inputs.erase(std::unique(inputs.begin(), inputs.end()), inputs.end());
  result.readout = {fires      ? Readout::Kind::first_spike
                    : seed % 2 ? Readout::Kind::voltage_integral
                               : Readout::Kind::voltage_maximum,
                    2};
  return result;
}

Uncertainty widths(const Network& network, double size) {
  Uncertainty u;
  u.weight.assign(network.synapse_count(), 0.02 * size);
  u.delay.assign(network.synapse_count(), 0.1 * size);
  u.threshold.assign(network.neuron_count(), 0.005 * size);
  u.bias.assign(network.neuron_count(), 0.003 * size);
  u.input = 0.05 * size;
  return u;
}

// A network and a trial within the bounds; half of their values lie on a bound.
std::pair<Network, Trial> perturbed(const Case& c, const Uncertainty& u, Random& random) {
  const auto draw = [&](double half) {
    const double x = uniform(random, -1.0, 1.0);
    return half * (random() % 2 ? x : x > 0 ? 1.0 : -1.0);
  };
  const ParameterLayout layout = c.network.layout();
  std::vector<double> values(c.network.parameters().begin(), c.network.parameters().end());
  const auto change = [&](ParameterKind kind, const std::vector<double>& half) {
    for (std::size_t k = 0; k < half.size(); ++k) {
      double& value = values[layout.offset(kind) + k];
      value += draw(half[k]);
      if (kind == ParameterKind::delay) value = std::fmax(value, 0.0);
    }
  };
  change(ParameterKind::weight, u.weight);
  change(ParameterKind::delay, u.delay);
  change(ParameterKind::v_threshold, u.threshold);
  change(ParameterKind::bias, u.bias);
  Trial trial = c.trial;
  for (Spike& s : trial.inputs) s.time = std::fmax(0.0, s.time + draw(u.input));
  sort_inputs(trial);
  return {c.network.with_parameters(std::move(values)), std::move(trial)};
}

// Of every neuron, in order of time.
std::map<NeuronId, std::vector<SpikeInterval>> by_neuron(const Enclosure& enclosure) {
  std::map<NeuronId, std::vector<SpikeInterval>> result;
  for (const SpikeInterval& s : enclosure.spikes) result[s.neuron].push_back(s);
  return result;
}

// Whether a run lies within; the failures are told.
bool holds(const Case& c, const Enclosure& enclosure, const Tape& tape) {
  const auto intervals = by_neuron(enclosure);
  std::map<NeuronId, std::size_t> seen;
  bool all = true;
  for (const TapeSpike& s : tape.spikes) {
    if (c.network.is_input(s.neuron)) continue;
    const auto found = intervals.find(s.neuron);
    const std::size_t k = seen[s.neuron]++,
                      known = found == intervals.end() ? 0 : found->second.size();
    if (k < known)
      all &= s.time >= found->second[k].first && s.time <= found->second[k].last;
    else
      all &= k == known && std::any_of(enclosure.possible.begin(), enclosure.possible.end(),
                                       [&](const SpikeInterval& p) {
                                         return p.neuron == s.neuron && s.time >= p.first;
                                       });
  }
  for (const auto& [neuron, list] : intervals) all &= seen[neuron] >= list.size();
  const Population& out = c.network.populations()[2];
  for (std::uint32_t k = 0; k < out.size && !enclosure.low.empty(); ++k) {
    const double v = tape.voltage_maxima.empty() ? tape.voltage_integrals[out.first + k]
                                                 : tape.voltage_maxima[out.first + k].v;
    all &= v >= enclosure.low[k] - 1e-9 && v <= enclosure.high[k] + 1e-9;
  }
  return all;
}

}  // namespace

TEST_CASE("no network within the bounds leaves its enclosure, and no certified decision changes") {
  std::size_t runs = 0, certified = 0, cases = 0, spikes = 0;
  for (std::uint64_t seed = 1; seed <= 120; ++seed) {
    const Case c = random_case(seed, seed % 3 == 0, seed % 5 < 2, 0.125);
    const double size = std::pow(10.0, -static_cast<double>(seed % 4));  // 1 .. 0.001
    const Uncertainty u = widths(c.network, size);
    const Enclosure enclosure = enclose(c.network, c.trial, u, c.readout);
    if (enclosure.doubt) continue;
    ++cases;
    spikes += enclosure.spikes.size();
    const std::optional<int> decision = certified_decision(c.network, c.readout, enclosure);
    certified += decision.has_value();
    Random random(seed);
    for (int k = 0; k < 60; ++k) {
      const auto [network, trial] = perturbed(c, u, random);
      RunOptions options;
      options.readout = c.readout;
      const Tape tape = SequentialMachine(network).run(trial, options);
      INFO("seed " << seed << ", run " << k);
      REQUIRE(holds(c, enclosure, tape));
      if (decision) REQUIRE(decide(network, c.readout, tape) == *decision);
      ++runs;
    }
  }
  CHECK(cases > 40);
  CHECK(certified > 30);
  CHECK(spikes > 200);
  CHECK(runs == 60 * cases);
}

TEST_CASE("what a grid makes of a network lies within its enclosure with spikes that much late") {
  std::size_t cases = 0;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    constexpr double step = 0.0625;
    const Case c = random_case(seed, seed % 3 == 0, seed % 5 < 2, step);
    Uncertainty u;
    u.late = step;
    Enclosure enclosure = enclose(c.network, c.trial, u, c.readout);
    if (enclosure.doubt) continue;
    ++cases;
    // Of voltages a grid makes sums, which are no integrals.
    enclosure.low.clear();
    const Tape tape = SteppedMachine(c.network, step).run(c.trial);
    INFO("seed " << seed);
    REQUIRE(holds(c, enclosure, tape));
  }
  CHECK(cases > 20);
}

// V(t) = w K(t) reaches 1 with slope w K'(t): a weight off by e moves that by e K / (w K').
TEST_CASE("for one neuron the enclosure is as narrow as the derivative says") {
  NetworkBuilder builder;
  builder.add({.name = "in", .model = Model::input, .size = 1});
  builder.add({.name = "n", .size = 1});
  builder.connect(0, 1, {{0, 0, 8.0, 0.0}});
  const Network network = builder.build();
  const Trial trial{15.0, {{1.0, 0}}};
  Uncertainty u;
  const double e = 1e-5;
  u.weight = {e};
  const Enclosure enclosure = enclose(network, trial, u);
  REQUIRE_FALSE(enclosure.doubt);
  REQUIRE(enclosure.spikes.size() == 1);
  const auto time = [&](double weight) {
    std::vector<double> values(network.parameters().begin(), network.parameters().end());
    values[0] = weight;
    const Network other = network.with_parameters(values);
    return SequentialMachine(other).run(trial).spikes[1].time;
  };
  CHECK(enclosure.spikes[0].first == Approx(time(8.0 + e)).margin(1e-10).epsilon(0));
  CHECK(enclosure.spikes[0].last == Approx(time(8.0 - e)).margin(1e-10).epsilon(0));
  // Nothing uncertain: nothing but the width that is added on purpose.
  const Enclosure exact = enclose(network, trial, {});
  CHECK(exact.spikes[0].last - exact.spikes[0].first < 1e-10);
}

TEST_CASE("a spike that only some networks have is a doubt that says whose") {
  NetworkBuilder builder;
  builder.add({.name = "in", .model = Model::input, .size = 1});
  builder.add({.name = "n", .size = 1});
  // tau 20 and 5 ms: V peaks at w / 4^(4/3) = 0.1575 w.
  const double grazing = std::pow(4.0, 4.0 / 3.0);
  builder.connect(0, 1, {{0, 0, grazing * 1.001, 0.0}});
  builder.connect(1, 1, {{0, 0, 0.0, 5.0}});
  const Network network = builder.build();
  const Trial trial{40.0, {{1.0, 0}}};
  Uncertainty u;
  u.weight = {grazing * 0.002, 0.0};
  const Enclosure open = enclose(network, trial, u, {Readout::Kind::first_spike, 1});
  REQUIRE(open.doubt);
  CHECK(open.doubt->kind == Doubt::Kind::existence);
  CHECK_THAT(text(*open.doubt, network), Contains("whether n[0] fires"));
  CHECK_FALSE(certified_decision(network, {Readout::Kind::first_spike, 1}, open));
  u.weight = {grazing * 0.0005, 0.0};
  CHECK_FALSE(enclose(network, trial, u).doubt);

  // Without recurrence it is a last spike that may be, and counts where it makes things worse.
  NetworkBuilder chain;
  chain.add({.name = "in", .model = Model::input, .size = 1});
  chain.add({.name = "n", .size = 1});
  chain.add({.name = "out", .model = Model::cuba_li, .size = 2});
  chain.connect(0, 1, {{0, 0, grazing * 1.001, 0.0}});
  chain.connect(1, 2, {{0, 0, 1.0, 0.0}, {0, 1, -1.0, 0.0}});
  const Network forward = chain.build();
  u.weight = {grazing * 0.002, 0.0, 0.0};
  const Enclosure possible = enclose(forward, trial, u, {Readout::Kind::voltage_integral, 2});
  CHECK_FALSE(possible.doubt);
  CHECK(possible.spikes.empty());
  CHECK(possible.possible.size() == 1);
  CHECK(possible.low[0] == 0.0);
  CHECK(possible.high[0] > 0.5);
  CHECK(possible.low[1] < -0.5);
  CHECK(possible.high[1] == 0.0);
}

TEST_CASE("what is not enclosed is refused by name") {
  NetworkBuilder builder;
  builder.add({.name = "in", .model = Model::input, .size = 1});
  builder.add({.name = "n", .model = Model::qif, .size = 1});
  builder.connect(0, 1, {{0, 0, 1.0, 0.0}});
  CHECK_THROWS_WITH(enclose(builder.build(), {10.0, {}}, {}), Contains("n") && Contains("qif"));
  const Case c = random_case(1, false, true, 0.125);
  CHECK_THROWS_WITH(enclose(c.network, c.trial, {}, {Readout::Kind::voltage_integral, 2}),
                    Contains("do not fire"));
  Trial graded = c.trial;
  graded.payloads.assign(graded.inputs.size(), 2.0);
  CHECK_THROWS_WITH(enclose(c.network, graded, {}), Contains("graded"));
}
