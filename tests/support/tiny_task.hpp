// A small learning task for tests: which of two inputs fires first, with a recurrent hidden layer
// and learned delays.
#pragma once

#include <memory>

#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/adjoint/train/learning.hpp>
#include <retrograde/adjoint/train/trainer.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/events/random.hpp>

namespace retrograde::test {

class TinyTask final : public LabelledTrials {
 public:
  static constexpr std::uint32_t hidden = 8;

  TinyTask() {
    NetworkBuilder builder;
    const auto in = builder.add({.name = "in", .model = Model::input, .size = 2});
    const auto h =
        builder.add({.name = "hidden", .size = hidden, .tau_mem = {10.0}, .tau_syn = {4.0}});
    const auto out = builder.add(
        {.name = "out", .model = Model::cuba_li, .size = 2, .tau_mem = {10.0}, .tau_syn = {4.0}});
    const auto connect = [&](std::uint32_t from, std::uint32_t to, std::uint32_t sources,
                             std::uint32_t targets, double mean, double deviation,
                             const char* name) {
      Random weights(7, std::string("weight/") + name), delays(7, std::string("delay/") + name);
      std::vector<SynapseSpec> synapses;
      for (std::uint32_t i = 0; i < sources; ++i)
        for (std::uint32_t j = 0; j < targets; ++j)
          synapses.push_back({i, j, weights.normal(mean, deviation), delays.uniform(1.0, 6.0)});
      builder.connect(from, to, std::move(synapses), name);
    };
    connect(in, h, 2, hidden, 4.0, 2.0, "in->hidden");
    connect(h, h, hidden, hidden, 0.0, 0.8, "hidden->hidden");
    connect(h, out, hidden, 2, 0.0, 0.5, "hidden->out");
    network = builder.build();
    learning = Learning::none(network);
    for (std::size_t k = 0; k < network.layout().offset(ParameterKind::tau_mem); ++k)
      learning.learned.set(k, 1);
    for (SynapseId s = 0; s < network.synapse_count(); ++s) {
      learning.lower.set(network.layout().offset(ParameterKind::delay) + s, 1.0);
      learning.upper.set(network.layout().offset(ParameterKind::delay) + s, 15.0);
    }
    loss = make_loss(VoltageCrossEntropySpec{out, never, 5.0});
    options.batch = 10;
    options.adam.rate[static_cast<std::size_t>(ParameterKind::weight)] = 0.02;
    options.adam.rate[static_cast<std::size_t>(ParameterKind::delay)] = 0.1;
    options.schedules.decay = 0.95;
    options.silent_increment = 0.05;
    options.regulariser = {1e-3, 2.0};
    options.seed = 3;
  }

  std::size_t size() const override {
    return 70;
  }  // seven batches of ten: the last group of each is not full
  Trial trial(std::size_t index) const override {
    Random random(11, "tiny task", index);
    const double early = random.uniform(0.0, 8.0), gap = random.uniform(0.5, 10.0);
    const bool first = label(index) == 0;
    return {40.0, {{early, first ? 0u : 1u}, {early + gap, first ? 1u : 0u}}};
  }
  int label(std::size_t index) const override { return static_cast<int>(index % 2); }

  Network network;
  Learning learning;
  std::unique_ptr<Loss> loss;
  TrainerOptions options;
};

}  // namespace retrograde::test
