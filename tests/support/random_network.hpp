// Random recurrent networks for tests: several spikes per neuron, self-connections, delays
// everywhere, every parameter different for every neuron, some refractory, some driven by their
// bias alone, a readout, and two projections between the same populations.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include <retrograde/engine/network.hpp>
#include <retrograde/engine/trial.hpp>
#include <retrograde/events/random.hpp>

namespace retrograde::test {

struct RandomNetwork {
  Network network;
  Trial trial;
};

struct RandomNetworkSpec {
  std::uint64_t seed = 1;
  std::uint32_t inputs = 4, hidden = 6, outputs = 3;
  bool refractory = true, bias = true;
  Time duration = 60.0;
  int spikes_per_input = 4;
};

inline RandomNetwork random_network(const RandomNetworkSpec& spec) {
  Random random(spec.seed, "random network");
  const auto values = [&](std::uint32_t count, double low, double high) {
    std::vector<double> list(count);
    for (double& value : list) value = random.uniform(low, high);
    return list;
  };
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = spec.inputs});
  PopulationSpec hidden{.name = "hidden", .size = spec.hidden};
  hidden.tau_mem = values(spec.hidden, 6.0, 20.0);
  hidden.tau_syn = values(spec.hidden, 2.0, 9.0);
  hidden.v_threshold = values(spec.hidden, 0.8, 1.3);
  hidden.v_reset = values(spec.hidden, -0.4, 0.3);
  hidden.bias = values(spec.hidden, spec.bias ? -0.2 : 0.0, spec.bias ? 0.3 : 0.0);
  hidden.t_ref = values(spec.hidden, 0.5, 3.0);
  for (std::uint32_t n = 0; n < spec.hidden; ++n) {
    if (!spec.refractory || n % 2 == 0) hidden.t_ref[n] = 0.0;
    if (n % 3 == 2) hidden.tau_syn[n] = hidden.tau_mem[n];                 // equal time constants
    if (n % 5 == 4) hidden.tau_syn[n] = hidden.tau_mem[n] * (1.0 + 1e-9);  // nearly equal
  }
  if (spec.bias) hidden.bias[0] = 1.6;  // fires on its own
  const auto h = builder.add(hidden);
  PopulationSpec out{.name = "out", .model = Model::cuba_li, .size = spec.outputs};
  out.tau_mem = values(spec.outputs, 6.0, 20.0);
  out.tau_syn = values(spec.outputs, 2.0, 9.0);
  out.bias = values(spec.outputs, spec.bias ? -0.2 : 0.0, spec.bias ? 0.2 : 0.0);
  const auto o = builder.add(out);
  const auto connect = [&](std::uint32_t from, std::uint32_t to, std::uint32_t sources,
                           std::uint32_t targets, double mean, double deviation, double density,
                           const char* name) {
    std::vector<SynapseSpec> synapses;
    for (std::uint32_t i = 0; i < sources; ++i)
      for (std::uint32_t j = 0; j < targets; ++j) {
        const double weight = random.normal(mean, deviation), delay = random.uniform(0.3, 6.0);
        if (random.uniform() < density) synapses.push_back({i, j, weight, delay});
      }
    builder.connect(from, to, std::move(synapses), name);
  };
  connect(in, h, spec.inputs, spec.hidden, 4.0 / spec.inputs, 1.5, 1.0, "in->hidden");
  const double recurrent = 1.5 / std::sqrt(static_cast<double>(spec.hidden));
  connect(h, h, spec.hidden, spec.hidden, 0.0, recurrent, 1.0, "hidden->hidden");
  connect(h, h, spec.hidden, spec.hidden, -0.2 * recurrent, 0.5 * recurrent, 0.5,
          "hidden->hidden slow");
  connect(h, o, spec.hidden, spec.outputs, 0.0, 1.0, 1.0, "hidden->out");

  RandomNetwork result;
  result.network = builder.build();
  result.trial.duration = spec.duration;
  for (std::uint32_t n = 0; n < spec.inputs; ++n)
    for (int k = 0; k < spec.spikes_per_input; ++k)
      result.trial.inputs.push_back({random.uniform(0.5, 0.75 * spec.duration), n});
  std::sort(result.trial.inputs.begin(), result.trial.inputs.end());
  return result;
}

}  // namespace retrograde::test
