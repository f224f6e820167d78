#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include <retrograde/adjoint/backward.hpp>
#include <retrograde/scenarios/run/attack/spiking_input.hpp>

namespace retrograde {

std::vector<double> input_times(const Trial& trial) {
  std::vector<double> times;
  times.reserve(trial.inputs.size());
  for (const Spike& spike : trial.inputs) times.push_back(spike.time);
  return times;
}

MovedTrial moved(const Trial& trial, std::span<const double> times) {
  MovedTrial result{trial, std::vector<std::size_t>(trial.inputs.size())};
  std::iota(result.source.begin(), result.source.end(), std::size_t{0});
  std::stable_sort(result.source.begin(), result.source.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(times[a], trial.inputs[a].neuron) <
           std::pair(times[b], trial.inputs[b].neuron);
  });
  for (std::size_t k = 0; k < result.source.size(); ++k)
    result.trial.inputs[k] = {times[result.source[k]], trial.inputs[result.source[k]].neuron};
  return result;
}

double latest_input(Time duration) { return std::nextafter(duration, 0.0); }

AttackPoint margin_of(const Machine& machine, const Trial& trial, std::span<const double> times,
                      const Loss& margin, int label, const RunOptions& options) {
  const Network& network = machine.network();
  const MovedTrial at = moved(trial, times);
  const Tape tape = machine.run(at.trial, options);
  const LossValue value = margin.evaluate(network, tape, label);
  Gradient gradient{network.layout(), std::vector<double>(network.layout().size(), 0.0), {}};
  backward(machine, tape, value, options.readout, {.neuron_parameters = false, .spike_kick = {}},
           gradient);
  AttackPoint point{value.value, std::vector<double>(times.size(), 0.0)};
  for (std::size_t k = 0; k < at.source.size(); ++k)
    point.gradient[at.source[k]] = gradient.input_times[k];
  return point;
}

}  // namespace retrograde
