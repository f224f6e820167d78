// How fast is the chip emulated? A keyword-size trial on the chip: 700 inputs with 8,000 spikes in
// 1000 steps, 256 recurrent hidden neurons, 20 readouts, 8-bit weights, tau_mem 20 and tau_syn 5
// steps. Without synaptic delays, and with 0 to 62 steps on every synapse.
// bench/peers/against_lava.py has the like in Lava and in the emulator.
#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <string>
#include <utility>

#include <retrograde/bench/figures/figures.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/hardware/loihi2/emulator/emulator.hpp>

namespace retrograde::bench {

namespace {

using namespace loihi2;

constexpr std::uint32_t inputs = 700, hidden = 256, outputs = 20;

ChipNetwork keyword_chip(bool delays) {
  ChipNetwork network;
  network.populations = {{"in", ChipModel::input, 0, inputs, 0},
                         {"hidden", ChipModel::cuba_lif, inputs, hidden, 0},
                         {"out", ChipModel::cuba_li, inputs + hidden, outputs, 0}};
  network.neurons.assign(inputs + hidden + outputs, {.du = 741, .dv = 200, .vth = 2048});
  const auto connect = [&](std::uint32_t source, std::uint32_t target, double mean,
                           double deviation, const char* name) {
    Random weights(1, std::string("chip weight/") + name), lengths(1, std::string("delay/") + name);
    ChipProjection p;
    p.name = name;
    p.source = source;
    p.target = target;
    for (std::uint32_t i = 0; i < network.populations[source].size; ++i)
      for (std::uint32_t j = 0; j < network.populations[target].size; ++j) {
        const double weight = std::clamp(weights.normal(mean, deviation), -256.0, 254.0);
        const auto delay = static_cast<std::uint8_t>(delays ? lengths.index(63) : 0);
        p.synapses.push_back(
            {i, j,
             static_cast<std::int16_t>(stored_weight(static_cast<std::int32_t>(weight), p.format)),
             delay});
      }
    network.projections.push_back(std::move(p));
  };
  connect(0, 1, 3.0, 14.0, "in->hidden");
  connect(1, 1, 0.0, 14.0, "hidden->hidden");
  connect(1, 2, 0.0, 30.0, "hidden->out");
  return network;
}

Trial chip_trial(std::uint32_t steps) {
  Trial trial{static_cast<double>(steps), {}};
  Random random(1, "chip trial", 0);
  std::vector<char> taken(inputs * steps, 0);  // a source sends at most one spike a step
  for (int k = 0; k < 8 * static_cast<int>(steps);) {
    const auto place = random.index(inputs * steps);
    if (std::exchange(taken[place], 1)) continue;
    ++k;
    trial.inputs.push_back(
        {static_cast<double>(place / inputs), static_cast<NeuronId>(place % inputs)});
  }
  std::sort(trial.inputs.begin(), trial.inputs.end());
  return trial;
}

// A trial on the chip, as a contestant.
Contestant emulation(const std::string& name, bool delays, std::uint32_t steps) {
  const auto emulator = std::make_shared<Emulator>(keyword_chip(delays));
  const auto trial = std::make_shared<Trial>(chip_trial(steps));
  return {name, "synaptic operations", [=] {
            const EmulationOptions options{{Readout::Kind::voltage_integral, 2, 1000.0}, {}};
            return static_cast<double>(emulator->run(*trial, options).synaptic_operations);
          }};
}

}  // namespace

Figure emulation_figure(const FigureOptions& options) {
  const auto steps = std::max(20u, static_cast<std::uint32_t>(1000 * options.size));
  Figure f;
  f.name = "emulation";
  f.question = "a keyword on the emulated Loihi 2, 700-256-20 recurrent";
  f.contestants = {emulation("without delays", false, steps),
                   emulation("0 to 62 steps on every synapse", true, steps)};
  f.ratios = {{"with delays to without", {1}, {0}}};
  f.notes.push_back(fmt::format("{} steps of 1 ms", steps));
  return f;
}

}  // namespace retrograde::bench
