// How a decision is read from a population: the neuron that fires first, the neuron with the
// largest weighted integral of V, or the one with the largest maximum of V. Part of the network
// that is trained, quantised and emulated, so that all three decide alike.
#pragma once

#include <cstdint>
#include <span>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/neuron/time_weight.hpp>
#include <retrograde/engine/trial/tape.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

struct Readout {
  enum class Kind : std::uint8_t {
    none,
    first_spike,       // the neuron that fires first; the lower index on a tie
    voltage_integral,  // the neuron with the largest integral of weighting(t) V(t) dt
    voltage_maximum,   // the neuron with the largest V(t); of a population without a threshold
  };
  Kind kind = Kind::none;
  std::uint32_t population = 0;
  TimeWeight weighting = {};  // of voltage_integral
  bool trace = false;         // the tape brings the states of the population, which may not fire
};

inline constexpr int no_decision = -1;

// The population that is read. Throws NetworkError if the network has none of that index.
const Population& population_of(const Network& network, const Readout& readout);

// Index within the readout's population; no_decision when nothing fired or the readout is none. NaN
// never wins.
int decide(const Network& network, const Readout& readout, const Tape& tape);

// Index of the largest value, the first of equal ones; no_decision for an empty span.
int argmax(std::span<const double> values);

// Time of the first spike of each neuron of a population, one of the network's; never for silent
// ones.
std::vector<Time> first_spike_times(const Network& network, std::uint32_t population,
                                    const Tape& tape);

}  // namespace retrograde
