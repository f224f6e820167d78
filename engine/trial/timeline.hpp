// What happens in a trial besides spikes: from an instant on the network has other values, neurons are
// silenced or stimulated, spikes get lost or come late. Instants are ms from the start;
// those behind the end of a trial do not come.
//
// At one instant the order is: other values, silence, stimulation, arrivals, spikes. So what arrives at the very
// instant of a change meets the new values, a synapse counts by its weight at the arrival, and a neuron
// whose threshold is lowered to V or below fires at once. Where a neuron is held after a spike, it stays
// held for as long as it was to be. An arrival stands before or behind a change by its time as the run holds
// it, a double: one that in exact numbers lies within that rounding of the change meets the side on which
// its double lies.
//
// The share of spikes that is lost or late is drawn by the how manieth spike of its neuron each is: the
// same ones for every machine. A timeline is cheap to copy.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/trial.hpp>
#include <retrograde/events/ids.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

// From `at` on the values are those of `network`, which has the synapses and delays of the network of
// the trial.
struct ValueChange {
  Time at = 0.0;
  std::shared_ptr<const Network> network;
};

// V is v_reset, and is held there, from `from` to `until`; currents go on. Not of inputs.
struct Silence {
  Time from = 0.0, until = never;
  std::vector<NeuronId> neurons;  // ascending
};

// At `at` a spike of this weight reaches a receptor of each of these neurons.
struct Stimulation {
  Time at = 0.0;
  unsigned receptor = 0;
  double weight = 0.0;
  std::vector<NeuronId> neurons;  // ascending
};

// Of the spikes that neurons [first, end) fire in [from, until), a share reaches nobody, or reaches
// everybody `late` ms later.
struct SpikeFault {
  Time from = 0.0, until = never;
  NeuronId first = 0, end = 0;
  double share = 1.0;
  bool lost = true;
  Time late = 0.0;           // of those that are not lost
  std::uint64_t seed = 1;    // of the draw,
  std::string purpose = {};  // with this purpose
};

struct Timeline {
  std::vector<ValueChange> changes;  // ascending
  std::vector<Silence> silences;     // ascending by `from`
  std::vector<Stimulation> stimulations;
  std::vector<SpikeFault> faults;
  std::uint64_t draw = 0;  // which of the draws of all that is drawn: another one in another trial

  // What becomes of a neuron's spike number `ordinal`, counted from 0.
  struct Fate {
    bool lost = false;
    Time late = 0.0;
  };
  Fate fate(NeuronId neuron, Time time, std::uint64_t ordinal) const;

  // Whose values hold at t; `first` are those of the beginning.
  const Network& network_at(const Network& first, Time t) const;

  // The instants at which something happens, ascending, each once.
  std::vector<Time> instants() const;
};

// Throws NetworkError unless the timeline is one of this network.
void check(const Timeline& timeline, const Network& network);

}  // namespace retrograde
