// Random networks for tests: by default recurrent ones with several spikes per neuron,
// self-connections, delays everywhere, every parameter different for every neuron, some refractory,
// some driven by their bias alone, a readout, and two projections between the same populations.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/signal.hpp>
#include <retrograde/engine/trial/trial.hpp>
#include <retrograde/events/random.hpp>

namespace retrograde::test {

struct RandomNetwork {
  Network network;
  Trial trial;
};

// recurrent: all to all, twice. self_connected: each hidden neuron to itself and nothing else.
// feed_forward: no cycle; another population, "first", lies between inputs and hidden.
enum class Wiring { recurrent, self_connected, feed_forward };

// When inputs fire. scattered: any time. volleys: all together within 8 ms, at random times with
// silence in between. simultaneous: all times and delays are multiples of 0.5 ms.
enum class Timing { scattered, volleys, simultaneous };

struct RandomNetworkSpec {
  std::uint64_t seed = 1;
  std::uint32_t inputs = 4, hidden = 6, outputs = 3;
  bool refractory = true, bias = true;
  Time duration = 60.0;
  int spikes_per_input = 4;
  Wiring wiring = Wiring::recurrent;
  Timing timing = Timing::scattered;
  double drive = 4.0;         // mean sum of the weights of all inputs onto a neuron
  double recurrence = 1.5;    // deviation of the sum of its recurrent weights
  bool nearly_equal = false;  // time constants of every neuron differ by a factor of 1 + 1e-12 ...
  Model model = Model::cuba_lif;  // of the hidden populations
  bool receptors = false;         // two to four of both shapes, on readouts as well
  bool delays = false;            // axonal and dendritic ones, some of them 0
  // Step receptors everywhere: analogue signals of three more inputs go there, and some spikes. The
  // spikes of the other inputs are graded.
  bool analogue = false;
};

inline RandomNetwork random_network(const RandomNetworkSpec& spec) {
  Random random(spec.seed, "random network");
  const auto values = [&](std::uint32_t count, double low, double high) {
    std::vector<double> list(count);
    for (double& value : list) value = random.uniform(low, high);
    return list;
  };
  NetworkBuilder builder;
  std::vector<unsigned> receptors;  // per population
  const auto add = [&](PopulationSpec p) {
    if (spec.receptors && p.model != Model::input) {
      p.receptors.resize(2 + random.index(3));
      for (SynapseShape& shape : p.receptors)
        shape = random.index(2) == 0 ? SynapseShape::exponential : SynapseShape::alpha;
      p.tau_syn_2 = values(p.size, 1.5, 12.0);
      p.tau_syn_3 = p.tau_mem;
      p.tau_syn_4 = values(p.size, 1.5, 12.0);
      for (std::uint32_t n = 0; n < p.size; n += 2) {
        p.tau_syn_3[n] = p.tau_syn[n] * (1.0 + 1e-6);
        p.tau_syn_4[n] = p.tau_mem[n] * (1.0 - 1e-11);
      }
    }
    if (spec.delays) {
      p.axonal_delay = values(p.size, 0.0, 3.0);
      p.dendritic_delay = values(p.size, 0.0, 3.0);
      for (std::uint32_t n = 0; n < p.size; n += 3) p.axonal_delay[n] = 0.0;
      for (std::uint32_t n = 0; n < p.size; n += 4) p.dendritic_delay[n] = 0.0;
    }
    if (spec.analogue && p.receptors.size() == max_receptors) p.receptors.pop_back();
    receptors.push_back(static_cast<unsigned>(p.receptors.size()));
    if (spec.analogue && p.model != Model::input) p.receptors.push_back(SynapseShape::step);
    return builder.add(std::move(p));
  };
  const auto in = add({.name = "in", .model = Model::input, .size = spec.inputs});
  const auto integrating = [&](const char* population, std::uint32_t size) {
    PopulationSpec p{.name = population, .model = spec.model, .size = size};
    p.tau_mem = values(size, 6.0, 20.0);
    p.tau_syn = values(size, 2.0, 9.0);
    p.v_threshold = values(size, 0.8, 1.3);
    p.v_reset = values(size, -0.4, 0.3);
    p.bias = values(size, spec.bias ? -0.2 : 0.0, spec.bias ? 0.3 : 0.0);
    p.t_ref = values(size, 0.5, 3.0);
    constexpr double ratios[] = {0.0, 1e-3, -1e-4, 1e-6, -1e-8, 1e-9, 1e-10, -1e-12};
    for (std::uint32_t n = 0; n < size; ++n) {
      if (!spec.refractory || n % 2 == 0) p.t_ref[n] = 0.0;
      if (n % 3 == 2) p.tau_syn[n] = p.tau_mem[n];                 // equal time constants
      if (n % 5 == 4) p.tau_syn[n] = p.tau_mem[n] * (1.0 + 1e-9);  // nearly equal
      if (spec.nearly_equal) p.tau_syn[n] = p.tau_mem[n] * (1.0 + ratios[(spec.seed + n) % 8]);
    }
    if (spec.bias) p.bias[0] = 1.6;  // fires on its own
    if (spec.model == Model::alif) {
      p.tau_adapt = values(size, 10.0, 120.0);
      p.adaptation = values(size, 0.0, 0.4);
      p.adaptation[size / 2] = 0.0;
    }
    if (spec.model == Model::qif)  // the slower V, the more current a spike needs
      for (double& tau : p.tau_mem) tau *= 0.5;
    return add(std::move(p));
  };
  const auto h = integrating("hidden", spec.hidden);
  PopulationSpec out{.name = "out", .model = Model::cuba_li, .size = spec.outputs};
  out.tau_mem = values(spec.outputs, 6.0, 20.0);
  out.tau_syn = values(spec.outputs, 2.0, 9.0);
  out.bias = values(spec.outputs, spec.bias ? -0.2 : 0.0, spec.bias ? 0.2 : 0.0);
  const auto o = add(std::move(out));
  const auto rounded = [&](double time) {
    return spec.timing == Timing::simultaneous ? std::ceil(2.0 * time) / 2.0 : time;
  };
  std::vector<unsigned> reached(4, 0);  // per population: projections so far
  const auto next_receptor = [&](std::uint32_t population) {
    return reached[population]++ % receptors[population];
  };
  const auto connect = [&](std::uint32_t from, std::uint32_t to, std::uint32_t sources,
                           std::uint32_t targets, double mean, double deviation, double density,
                           const char* name, bool step = false) {
    std::vector<SynapseSpec> synapses;
    for (std::uint32_t i = 0; i < sources; ++i)
      for (std::uint32_t j = 0; j < targets; ++j) {
        const double weight = random.normal(mean, deviation), delay = random.uniform(0.3, 6.0);
        if (random.uniform() < density) synapses.push_back({i, j, weight, rounded(delay)});
      }
    builder.connect(from, to, std::move(synapses), name, step ? receptors[to] : next_receptor(to));
  };
  if (spec.wiring == Wiring::feed_forward) {
    const auto first = integrating("first", spec.hidden);
    connect(in, first, spec.inputs, spec.hidden, spec.drive / spec.inputs, 1.5, 1.0, "in->first");
    connect(first, h, spec.hidden, spec.hidden, 1.0, 1.5, 0.8, "first->hidden");
    connect(in, h, spec.inputs, spec.hidden, 0.5, 1.5, 0.5, "in->hidden");
  } else {
    connect(in, h, spec.inputs, spec.hidden, spec.drive / spec.inputs, 1.5, 1.0, "in->hidden");
  }
  const double recurrent = spec.recurrence / std::sqrt(static_cast<double>(spec.hidden));
  if (spec.wiring == Wiring::recurrent) {
    connect(h, h, spec.hidden, spec.hidden, 0.0, recurrent, 1.0, "hidden->hidden");
    connect(h, h, spec.hidden, spec.hidden, -0.2 * recurrent, 0.5 * recurrent, 0.5,
            "hidden->hidden slow");
  } else if (spec.wiring == Wiring::self_connected) {
    std::vector<SynapseSpec> synapses;
    for (std::uint32_t n = 0; n < spec.hidden; ++n)
      synapses.push_back({n, n, random.normal(0.3, 0.6), rounded(random.uniform(0.3, 6.0))});
    builder.connect(h, h, std::move(synapses), "hidden->hidden", next_receptor(h));
  }
  connect(h, o, spec.hidden, spec.outputs, 0.0, 1.0, 1.0, "hidden->out");
  if (spec.receptors) {
    connect(in, h, spec.inputs, spec.hidden, 0.0, 1.0, 0.7, "in->hidden too");
    connect(in, o, spec.inputs, spec.outputs, 0.0, 1.0, 0.7, "in->out");
  }

  if (spec.analogue) {
    const auto signal = add({.name = "signal", .model = Model::input, .size = 3});
    connect(signal, h, 3, spec.hidden, 0.2, 0.5, 0.8, "signal->hidden", true);
    connect(signal, o, 3, spec.outputs, 0.0, 0.5, 0.8, "signal->out", true);
    connect(h, o, spec.hidden, spec.outputs, 0.0, 0.05, 0.8, "hidden->out for ever", true);
  }

  RandomNetwork result;
  result.network = builder.build();
  result.trial.duration = spec.duration;
  std::vector<double> volleys;
  if (spec.timing == Timing::volleys)
    volleys = values(static_cast<std::uint32_t>(spec.spikes_per_input), 0.5, 0.95 * spec.duration);
  for (std::uint32_t n = 0; n < spec.inputs; ++n)
    for (int k = 0; k < spec.spikes_per_input; ++k) {
      const double time = spec.timing == Timing::volleys
                              ? volleys[static_cast<std::size_t>(k)] + random.uniform(0.0, 8.0)
                              : rounded(random.uniform(0.5, 0.75 * spec.duration));
      result.trial.inputs.push_back({time, n});
    }
  std::sort(result.trial.inputs.begin(), result.trial.inputs.end());
  if (!spec.analogue) return result;
  for (std::size_t k = 0; k < result.trial.inputs.size(); ++k)
    result.trial.payloads.push_back(k % 7 == 3 ? 0.0 : random.uniform(-0.3, 2.0));
  std::vector<SignalChange> changes;
  const NeuronId first = result.network.populations().back().first;
  for (std::uint32_t n = 0; n < 3; ++n)
    for (int k = 0; k < 5; ++k)
      changes.push_back(
          {rounded(random.uniform(0.0, 0.9 * spec.duration)), first + n, random.normal(0.5, 1.0)});
  add_signals(result.trial, std::move(changes));
  return result;
}

}  // namespace retrograde::test
