// How many deliveries a second does the sequential pair handle? The keyword-size trial: 700 inputs
// with 8,000 spikes in 1 s, 256 hidden neurons, random delays 0 to 30 ms, tau_mem 20 ms, tau_syn 5
// ms; feed-forward and with recurrent synapses.
#include <algorithm>
#include <benchmark/benchmark.h>

#include <retrograde/adjoint/sequential.hpp>
#include <retrograde/engine/sequential.hpp>
#include <retrograde/events/random.hpp>

namespace {

using namespace retrograde;

constexpr std::uint32_t inputs = 700, hidden = 256, outputs = 20;

Network keyword_network(bool recurrent) {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = inputs});
  const auto h = builder.add({.name = "hidden", .size = hidden});
  const auto out = builder.add({.name = "out", .model = Model::cuba_li, .size = outputs});
  const auto connect = [&](std::uint32_t from, std::uint32_t to, std::uint32_t sources,
                           std::uint32_t targets, double mean, double deviation, double low,
                           double high, const char* name) {
    Random weights(1, std::string("weight/") + name), delays(1, std::string("delay/") + name);
    std::vector<SynapseSpec> synapses;
    for (std::uint32_t i = 0; i < sources; ++i)
      for (std::uint32_t j = 0; j < targets; ++j)
        synapses.push_back({i, j, weights.normal(mean, deviation), delays.uniform(low, high)});
    builder.connect(from, to, std::move(synapses), name);
  };
  connect(in, h, inputs, hidden, 0.022, 0.04, 0.0, 30.0, "in->hidden");
  if (recurrent) connect(h, h, hidden, hidden, 0.0, 0.02, 1.0, 30.0, "hidden->hidden");
  connect(h, out, hidden, outputs, 0.0, 0.03, 0.0, 0.0, "hidden->out");
  return builder.build();
}

Trial keyword_trial() {
  Trial trial{1000.0, {}};
  Random random(1, "keyword trial");
  for (int k = 0; k < 8000; ++k)
    trial.inputs.push_back(
        {random.uniform(0.0, 1000.0), static_cast<NeuronId>(random.index(inputs))});
  std::sort(trial.inputs.begin(), trial.inputs.end());
  return trial;
}

const Readout readout{Readout::Kind::voltage_integral, 2, 1000.0};

void forward(benchmark::State& state) {
  const Network network = keyword_network(state.range(0) != 0);
  const Trial trial = keyword_trial();
  std::uint64_t deliveries = 0;
  std::size_t spikes = 0;
  for (auto _ : state) {
    const Tape tape = run_sequential(network, trial, {.readout = readout});
    deliveries += tape.deliveries;
    spikes = tape.spikes.size() - trial.inputs.size();
  }
  state.counters["deliveries/s"] =
      benchmark::Counter(static_cast<double>(deliveries), benchmark::Counter::kIsRate);
  state.counters["spikes/neuron"] = static_cast<double>(spikes) / hidden;
}

void backward(benchmark::State& state) {
  const Network network = keyword_network(state.range(0) != 0);
  const Trial trial = keyword_trial();
  const Tape tape = run_sequential(network, trial, {.readout = readout});
  LossValue loss;
  loss.integrals.assign(network.neuron_count(), 0.0);
  std::fill(loss.integrals.end() - outputs, loss.integrals.end(), 1e-3);
  BackwardOptions options;
  options.neuron_parameters = state.range(1) != 0;
  Gradient gradient{network.layout(), std::vector<double>(network.layout().size(), 0.0), {}};
  std::uint64_t deliveries = 0;
  for (auto _ : state)
    deliveries += backward_sequential(network, tape, loss, readout, options, gradient).deliveries;
  state.counters["deliveries/s"] =
      benchmark::Counter(static_cast<double>(deliveries), benchmark::Counter::kIsRate);
}

BENCHMARK(forward)->ArgName("recurrent")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(backward)
    ->ArgNames({"recurrent", "neuron_parameters"})
    ->Args({0, 0})
    ->Args({0, 1})
    ->Args({1, 0})
    ->Args({1, 1})
    ->Unit(benchmark::kMillisecond);

}  // namespace
