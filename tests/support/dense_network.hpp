// Random networks of dense projections alone, whose sums over arrivals have one order in whatever runs them:
// with co-moving frames and without, in one layer and in two, some of them stiff.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/trial.hpp>
#include <retrograde/events/random.hpp>

namespace retrograde::test {

// All to all, everywhere: two populations that excite each other, or one after the other.
struct DenseNetwork {
  Network network;
  Trial trial;
  std::uint32_t out = 0;

  explicit DenseNetwork(std::uint64_t seed) {
    Random random(seed, "dense");
    const bool shared = seed % 2 == 0, loop = seed % 3 != 0, slow = seed % 5 == 0;
    const auto values = [&](std::uint32_t count, double low, double high) {
      std::vector<double> list(count);
      for (double& value : list) value = random.uniform(low, high);
      return list;
    };
    const auto all = [&](std::uint32_t sources, std::uint32_t targets, double mean, double spread) {
      std::vector<SynapseSpec> synapses;
      for (std::uint32_t i = 0; i < sources; ++i)
        for (std::uint32_t j = 0; j < targets; ++j)
          synapses.push_back({i, j, random.normal(mean, spread), random.uniform(0.6, 25.0)});
      return synapses;
    };
    NetworkBuilder builder;
    const auto in = builder.add({.name = "in", .model = Model::input, .size = 5});
    const auto hidden = [&](const char* name, std::uint32_t size) {
      PopulationSpec p{.name = name, .size = size};
      p.tau_mem = shared ? std::vector{9.0} : values(size, 6.0, 20.0);
      p.tau_syn = shared ? std::vector{4.0} : values(size, 2.0, 9.0);
      if (slow) p.tau_mem = {4000.0};
      p.bias = values(size, -0.1, slow ? 8.0 : 0.3);
      p.t_ref = values(size, -2.0, 3.0);
      for (double& t : p.t_ref) t = std::fmax(t, 0.0);
      if (seed % 4 == 1) p.axonal_delay = values(size, 0.0, 2.0);
      if (seed % 4 == 2) p.dendritic_delay = values(size, 0.0, 2.0);
      return builder.add(std::move(p));
    };
    const auto a = hidden("a", 7), b = hidden("b", 12);
    out = builder.add({.name = "out", .model = Model::cuba_li, .size = 3});
    const double scale = slow ? 300.0 : 1.0;
    builder.connect(in, a, all(5, 7, 0.9 * scale, 0.4 * scale));
    builder.connect(in, b, all(5, 12, 0.7 * scale, 0.4 * scale));
    builder.connect(a, b, all(7, 12, 0.1 * scale, 0.4 * scale));
    if (loop) {
      builder.connect(b, a, all(12, 7, -0.05 * scale, 0.3 * scale));
      builder.connect(b, b, all(12, 12, -0.1 * scale, 0.3 * scale));
    }
    builder.connect(b, out, all(12, 3, 0.0, 0.1));
    builder.connect(a, out, all(7, 3, 0.0, 0.1));
    network = std::move(builder).build();
    trial.duration = seed % 7 == 0 ? 1900.0 : 130.7;
    for (int k = 0; k < 60; ++k)
      trial.inputs.push_back({random.uniform(0.0, 130.0), static_cast<NeuronId>(random.index(5))});
    std::sort(trial.inputs.begin(), trial.inputs.end());
  }
};

}  // namespace retrograde::test
