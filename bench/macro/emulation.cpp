// How fast is the chip emulated? A keyword-size trial on the chip: 700 inputs with 8,000 spikes in
// 1000 steps, 256 recurrent hidden neurons, 20 readouts, 8-bit weights, tau_mem 20 and tau_syn 5
// steps. Without synaptic delays, and with 0 to 62 steps on every synapse.
// bench/peers/against_lava.py has the like in Lava and in the emulator.
#include <algorithm>
#include <benchmark/benchmark.h>
#include <string>
#include <tbb/global_control.h>
#include <utility>

#include <retrograde/engine/trial/batch.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/hardware/loihi2/emulator/emulator.hpp>

namespace {

using namespace retrograde;
using namespace retrograde::loihi2;

constexpr std::uint32_t inputs = 700, hidden = 256, outputs = 20, steps = 1000;

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

Trial keyword_trial(std::uint64_t entity) {
  Trial trial{static_cast<double>(steps), {}};
  Random random(1, "chip trial", entity);
  std::vector<char> taken(inputs * steps, 0);  // a source sends at most one spike a step
  for (int k = 0; k < 8000;) {
    const auto place = random.index(inputs * steps);
    if (std::exchange(taken[place], 1)) continue;
    ++k;
    trial.inputs.push_back(
        {static_cast<double>(place / inputs), static_cast<NeuronId>(place % inputs)});
  }
  std::sort(trial.inputs.begin(), trial.inputs.end());
  return trial;
}

const EmulationOptions options{{Readout::Kind::voltage_integral, 2, 1000.0}, {}};

void emulate(benchmark::State& state) {
  const Emulator emulator(keyword_chip(state.range(0) != 0));
  const Trial trial = keyword_trial(0);
  std::uint64_t operations = 0, spikes = 0;
  for (auto _ : state) {
    const Emulation run = emulator.run(trial, options);
    operations += run.synaptic_operations;
    spikes = run.populations[1].spikes;
  }
  state.counters["synaptic operations/s"] =
      benchmark::Counter(static_cast<double>(operations), benchmark::Counter::kIsRate);
  state.counters["operations"] =
      static_cast<double>(operations) / static_cast<double>(state.iterations());
  state.counters["spikes/neuron"] = static_cast<double>(spikes) / hidden;
}

// A batch of 32 trials on so many threads; fails unless every bit is that of one thread.
void emulate_batch(benchmark::State& state) {
  const Emulator emulator(keyword_chip(false));
  constexpr std::size_t trials = 32;
  std::vector<Trial> batch;
  for (std::size_t k = 0; k < trials; ++k) batch.push_back(keyword_trial(k));
  std::vector<Emulation> expected(trials), runs(trials);
  for (std::size_t k = 0; k < trials; ++k) expected[k] = emulator.run(batch[k], options);
  const tbb::global_control threads(tbb::global_control::max_allowed_parallelism,
                                    static_cast<std::size_t>(state.range(0)));
  for (auto _ : state)
    for_each_trial(trials, [&](std::size_t k) { runs[k] = emulator.run(batch[k], options); });
  for (std::size_t k = 0; k < trials; ++k)
    if (runs[k].spikes != expected[k].spikes || runs[k].populations != expected[k].populations ||
        runs[k].voltage_integrals != expected[k].voltage_integrals)
      state.SkipWithError("the result depends on the number of threads");
  state.counters["trials/s"] = benchmark::Counter(static_cast<double>(state.iterations() * trials),
                                                  benchmark::Counter::kIsRate);
}

BENCHMARK(emulate)->ArgName("delays")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(emulate_batch)
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
