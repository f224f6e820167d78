#include <fmt/format.h>

#include <retrograde/adjoint/loss/checks.hpp>
#include <retrograde/engine/trial/readout.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

void check_label(const Population& population, int label) {
  if (label == no_decision)
    throw NetworkError(population.name,
                       "a trial has no label, and the loss needs one; give each trial its class");
  if (label < 0 || static_cast<std::uint32_t>(label) >= population.size)
    throw NetworkError(
        population.name,
        fmt::format("label {} has no neuron: the readout has {}; give it one neuron per class",
                    label, population.size));
}

void check_count(const Population& population, std::size_t count, std::string_view what) {
  if (count != population.size)
    throw NetworkError(
        population.name,
        fmt::format("the loss has {} for {} neurons, the population has {}; give one per neuron",
                    what, count, population.size));
}

void check_without_threshold(const Population& population, std::string_view loss) {
  if (population.model->fires() || !population.model->has_voltage())
    throw NetworkError(population.name,
                       fmt::format("{} reads V of a population without a threshold; read a cuba_li "
                                   "population that this one projects to",
                                   loss));
}

std::span<const double> voltage_integrals_of(const Population& population, const Tape& tape) {
  if (tape.voltage_integrals.size() < population.first + population.size)
    throw InternalError("a loss of voltage integrals: the run kept none");
  return std::span(tape.voltage_integrals).subspan(population.first, population.size);
}

std::span<const VoltageMaximum> voltage_maxima_of(const Population& population, const Tape& tape) {
  if (tape.voltage_maxima.size() < population.first + population.size)
    throw InternalError("a loss of voltage maxima: the run kept none");
  return std::span(tape.voltage_maxima).subspan(population.first, population.size);
}

void throw_loss_not_finite(std::string_view loss, NeuronId neuron, Time time) {
  throw NumericalError(neuron, time,
                       fmt::format("{} is not finite: what it reads or adds up is beyond what a "
                                   "double can hold; lower its gain, raise its scale, or weaken "
                                   "the weights",
                                   loss));
}

}  // namespace retrograde
