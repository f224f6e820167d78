// What losses ask of their arguments before they read them. Each check throws and says what to do.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/tape.hpp>
#include <retrograde/events/ids.hpp>

namespace retrograde {

// The label is the index of a neuron of the population. Throws NetworkError.
void check_label(const Population& population, int label);
// A list of a loss has one entry per neuron of its population. Throws NetworkError; `what` is the
// plural of its entries.
void check_count(const Population& population, std::size_t count, std::string_view what);
// Maxima over time and V at single instants are those of a neuron that is never reset. Throws
// NetworkError.
void check_without_threshold(const Population& population, std::string_view loss);

// Of the neurons of a population, as a run with such a readout took them down. Throw InternalError
// if it did not.
std::span<const double> voltage_integrals_of(const Population& population, const Tape& tape);
std::span<const VoltageMaximum> voltage_maxima_of(const Population& population, const Tape& tape);

// The value of a loss, or what it is made of, is beyond what a double can hold: NumericalError.
[[noreturn]] void throw_loss_not_finite(std::string_view loss, NeuronId neuron, Time time);

}  // namespace retrograde
