// An analogue signal of an input neuron: piecewise constant, 0 until its first change. In a trial it
// is one graded spike per change, whose payload is the difference. A step receptor that it reaches
// over a synapse of weight w and delay d receives the current w x(t - d), exactly.
#pragma once

#include <compare>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/tape.hpp>
#include <retrograde/engine/trial/trial.hpp>

namespace retrograde {

// Largest size of a value, so that no difference is larger than a payload may be.
inline constexpr double largest_signal = largest_payload / 2;

struct SignalChange {
  Time time;  // ms; the value holds from then on, until the next change
  NeuronId neuron;
  double value;
};

// Adds signals of any neurons to a trial; of several changes of one neuron at one time the last one
// counts. What changes nothing is left out. Differences are taken so that they sum up to the values:
// at any time the sum is off by the rounding of the last difference at most. Spikes that the trial
// has already stay, of payload 1 unless they have one. O(n log n) in inputs and changes.
void add_signals(Trial& trial, std::vector<SignalChange> changes);

// Per population: whether the input spikes of a trial, or those of a run, are the changes of a signal
// of its neurons, which are no spikes to count. They are where one carries another payload than 1, and
// where a graded trial brings them to step receptors alone. O(spikes + projections).
std::vector<char> signal_populations(const Network& network, const Trial& trial);
std::vector<char> signal_populations(const Network& network, const Tape& tape);

// Throws NetworkError, with the projection, if the signals of an input population reach a receptor
// of another shape, which would take their changes for spikes.
void require_step_receptors(const Network& network, std::uint32_t population);

}  // namespace retrograde
