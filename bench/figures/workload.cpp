#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <utility>

#include <retrograde/bench/figures/workload.hpp>
#include <retrograde/events/random.hpp>

namespace retrograde::bench {

namespace {

constexpr std::uint32_t keyword_inputs = 700, keyword_outputs = 20;
constexpr std::uint32_t usual_fan_out = 100;

struct Range {
  double low, high;
};

// From every source to every target: normal weights, uniform delays.
void connect_all(NetworkBuilder& builder, std::uint32_t from, std::uint32_t to,
                 std::uint32_t sources, std::uint32_t targets, double mean, double deviation,
                 Range delay, const std::string& name) {
  Random weights(1, "weight/" + name), delays(1, "delay/" + name);
  std::vector<SynapseSpec> synapses;
  synapses.reserve(std::size_t{sources} * targets);
  for (std::uint32_t i = 0; i < sources; ++i)
    for (std::uint32_t j = 0; j < targets; ++j)
      synapses.push_back(
          {i, j, weights.normal(mean, deviation), delays.uniform(delay.low, delay.high)});
  builder.connect(from, to, std::move(synapses), name);
}

// From every source to `fan_out` targets (or all), spread evenly with random gaps.
void connect_some(NetworkBuilder& builder, std::uint32_t from, std::uint32_t to,
                  std::uint32_t sources, std::uint32_t targets, std::uint32_t fan_out, double mean,
                  double deviation, const std::string& name) {
  const std::uint32_t fan = std::min(fan_out, targets);
  SynapseRule rule;
  rule.pieces = sources;
  rule.visit = [=](std::uint32_t source, const auto& meet) {
    Random random(1, "sparse/" + name, source);
    for (std::uint32_t k = 0; k < fan; ++k) {
      const auto begin = std::uint64_t{k} * targets / fan;
      const auto end = std::uint64_t{k + 1} * targets / fan;
      meet({source, static_cast<std::uint32_t>(begin + random.index(end - begin)),
            std::uint64_t{source} * fan + k});
    }
  };
  rule.values = [=](const RuleSynapse& synapse, double& weight, double& delay) {
    Random random(1, "sparse values/" + name, synapse.number);
    weight = random.normal(mean, deviation);
    delay = random.uniform(1.0, 30.0);
  };
  builder.connect_by_rule(from, to, std::move(rule), name);
}

// `count` spikes of random inputs at random times before `duration`.
std::vector<Spike> random_spikes(std::size_t count, std::uint32_t inputs, Time duration,
                                 std::uint64_t seed, const char* name) {
  std::vector<Spike> spikes;
  spikes.reserve(count);
  Random random(seed, name);
  for (std::size_t k = 0; k < count; ++k)
    spikes.push_back({random.uniform(0.0, duration), static_cast<NeuronId>(random.index(inputs))});
  std::sort(spikes.begin(), spikes.end());
  return spikes;
}

}  // namespace

Trial keyword_trial(const KeywordSpec& spec) {
  const Time drive = 1000.0 * spec.size;
  const auto count = static_cast<std::size_t>(std::ceil(8000.0 * spec.size));
  return {drive + spec.quiet,
          random_spikes(count, keyword_inputs, drive, spec.seed, "keyword trial")};
}

Workload keyword(const KeywordSpec& spec) {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = keyword_inputs});
  const auto hidden = builder.add({.name = "hidden", .size = spec.hidden});
  const auto out = builder.add({.name = "out", .model = Model::cuba_li, .size = keyword_outputs});
  connect_all(builder, in, hidden, keyword_inputs, spec.hidden, 0.026, 0.04, {0.0, spec.max_delay},
              "in->hidden");
  if (spec.recurrent)
    connect_all(builder, hidden, hidden, spec.hidden, spec.hidden, 0.0, 0.02, {1.0, 30.0},
                "hidden->hidden");
  connect_all(builder, hidden, out, spec.hidden, keyword_outputs, 0.0, 0.03, {0.0, 0.0},
              "hidden->out");
  Trial trial = keyword_trial(spec);
  const Readout readout{Readout::Kind::voltage_integral, out, TimeWeight(trial.duration)};
  return {std::move(builder).build(), std::move(trial), readout};
}

Trial deep_keyword_trial(const DeepKeywordSpec& spec) {
  const Time duration = 1000.0 * spec.size;
  const auto count = static_cast<std::size_t>(std::ceil(8000.0 * spec.size));
  return {duration, random_spikes(count, spec.inputs, duration, spec.seed, "deep keyword trial")};
}

Workload deep_keyword(const DeepKeywordSpec& spec) {
  constexpr std::uint32_t hidden = 256;
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = spec.inputs});
  const auto first = builder.add({.name = "first", .size = hidden});
  const auto second = builder.add({.name = "second", .size = hidden});
  const auto out = builder.add({.name = "out", .model = Model::cuba_li, .size = keyword_outputs});
  const Range delays{0.0, spec.max_delay};
  connect_all(builder, in, first, spec.inputs, hidden, 0.026, 0.04, delays, "in->first");
  connect_all(builder, first, second, hidden, hidden, 0.04, 0.08, delays, "first->second");
  connect_all(builder, second, out, hidden, keyword_outputs, 0.0, 0.03, delays, "second->out");
  Trial trial = deep_keyword_trial(spec);
  const Readout readout{Readout::Kind::voltage_integral, out, TimeWeight(trial.duration)};
  return {std::move(builder).build(), std::move(trial), readout};
}

Workload sparse(const SparseSpec& spec) {
  NetworkBuilder builder;
  const std::uint32_t inputs = std::max(1u, spec.neurons / 10);
  const auto in = builder.add({.name = "in", .model = Model::input, .size = inputs});
  const auto n = builder.add({.name = "neurons", .size = spec.neurons});
  connect_some(builder, in, n, inputs, spec.neurons, usual_fan_out, 0.33, 0.05, "in->neurons");
  // More synapses are weaker ones, so that the sum of what a neuron hears varies as much.
  const double deviation = 0.05 * std::sqrt(double{usual_fan_out} / spec.fan_out);
  connect_some(builder, n, n, spec.neurons, spec.neurons, spec.fan_out, 0.0, deviation,
               "neurons->neurons");
  const auto count = static_cast<std::size_t>(std::ceil(0.04 * inputs * spec.duration));
  return {std::move(builder).build(),
          {spec.duration, random_spikes(count, inputs, spec.duration, 1, "sparse trial")},
          {}};
}

double sparse_memory(std::uint32_t neurons) {
  // 110 synapses per neuron, of 22 bytes each and 20 of the copy; what runs takes 1 kB a neuron.
  return (110.0 * 42.0 + 1000.0) * neurons;
}

Trial layered_trial(const LayeredSpec& spec) {
  Trial trial{spec.duration, {}};
  Random random(spec.seed, "layered trial");
  for (std::uint32_t i = 0; i < spec.inputs; ++i)
    for (std::uint32_t k = 0; k < spec.spikes; ++k)
      trial.inputs.push_back({random.uniform(0.0, spec.duration), i});
  std::sort(trial.inputs.begin(), trial.inputs.end());
  return trial;
}

Workload layered(const LayeredSpec& spec) {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = spec.inputs});
  const auto hidden = builder.add({.name = "hidden", .size = spec.hidden});
  const auto out = builder.add({.name = "out", .model = Model::cuba_li, .size = spec.outputs});
  connect_all(builder, in, hidden, spec.inputs, spec.hidden, spec.weight, 0.04, {0.0, 30.0},
              "in->hidden");
  connect_all(builder, hidden, out, spec.hidden, spec.outputs, 0.0, 0.03, {0.0, 30.0},
              "hidden->out");
  return {std::move(builder).build(),
          layered_trial(spec),
          {Readout::Kind::voltage_integral, out, TimeWeight(spec.duration)}};
}

LossValue integral_loss(const Workload& workload) {
  const Population& out = workload.network.populations()[workload.readout.population];
  LossValue loss;
  loss.integrals.assign(workload.network.neuron_count(), 0.0);
  std::fill_n(loss.integrals.begin() + out.first, out.size, 1e-3);
  return loss;
}

}  // namespace retrograde::bench
