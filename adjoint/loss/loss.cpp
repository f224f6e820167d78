#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <utility>

#include <retrograde/adjoint/loss/checks.hpp>
#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

// Where a loss that is not finite shows it: the first derivative that is not, else the first neuron
// that is read, at the end.
std::pair<NeuronId, Time> first_not_finite(const LossValue& loss, const Population& population,
                                           const Tape& tape) {
  for (std::size_t k = 0; k < loss.spike_times.size(); ++k)
    if (!std::isfinite(loss.spike_times[k])) return {tape.spikes[k].neuron, tape.spikes[k].time};
  for (NeuronId n = 0; n < loss.integrals.size(); ++n)
    if (!std::isfinite(loss.integrals[n])) return {n, tape.duration};
  for (const LossValue::Sample& sample : loss.samples)
    if (!std::isfinite(sample.gradient)) return {sample.neuron, sample.time};
  return {population.first, tape.duration};
}

}  // namespace

std::vector<std::vector<LossValue::Sample>> LossValue::samples_by_neuron(
    std::size_t neurons) const {
  std::vector<std::vector<Sample>> of(samples.empty() ? 0 : neurons);
  for (const Sample& sample : samples) of[sample.neuron].push_back(sample);
  return of;
}

LossValue Loss::evaluate(const Network& network, const Tape& tape, int label) const {
  const Population& population = population_of(network, readout());
  if (const TimeWeight weighting = readout().weighting; !weighting.fits(tape.duration))
    throw NetworkError(
        population.name,
        fmt::format(
            "the loss {} reads it up to {:g} ms, and a trial lasts {:g} ms; let the window or the "
            "instant end where the shortest trial does",
            name(), std::max(weighting.from(), weighting.end(tape.duration)), tape.duration));
  LossValue loss = measure(network, population, tape, label);
  if (!std::isfinite(loss.value)) {
    const auto [neuron, time] = first_not_finite(loss, population, tape);
    throw_loss_not_finite(name(), neuron, time);
  }
  return loss;
}

StepLoss Loss::evaluate_steps(const Network& network, const VoltageSteps&, int) const {
  throw NetworkError(
      population_of(network, readout()).name,
      fmt::format("the loss {} has no form where time goes in steps; choose one that "
                  "reads voltages",
                  name()));
}

}  // namespace retrograde
