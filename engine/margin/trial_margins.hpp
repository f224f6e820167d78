// How far what neurons did in a trial is from being something else.
//
//   crossing   V reached the threshold and was reset. Had it gone on, it would have risen further, by
//              `above`, before it first turned: a threshold higher by less than that moves the spike, one
//              higher by more loses it or puts it elsewhere.
//   silence    the stretch from the start or a release to the next spike or the end, in which V came
//              within `below` of the threshold and turned: one that much lower would have made a spike.
//   order      the time to the nearest arrival at the neuron, of its own spikes too: a spike that moves past it sees another I,
//              and its reset another V.
//
// V turns where dV/dt = 0, at an arrival that takes it from rising to falling, and at the end. A stretch
// that led to a spike without a turn has no silence.
//
// Derived from the tape by the neurons' own flow: O(deliveries log), and for crossings the arrivals
// between each spike and where V would have turned. For populations of cuba_lif with one
// exponential receptor; what others do has no entry.
#pragma once

#include <optional>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/tape.hpp>

namespace retrograde {

struct CrossingMargin {
  SpikeId spike = 0;   // on the tape
  double above = 0.0;  // of V, > 0 but for rounding
  Time order = never;  // ms; never: nothing arrives
};

struct SilenceMargin {
  NeuronId neuron = 0;
  Time time = 0.0;  // where V is largest
  double v = 0.0;
  double below = 0.0;  // v_threshold - v
  bool fixed = false;  // V has fallen from the start on: `v` is where it was put
  // If V turns where something arrives, all that does so at that instant: dV by which a later arrival would
  // raise the maximum, per ms. Of one arrival dV/dt just before; together they have that sum, so that arrivals
  // that always come together move the maximum as one would.
  struct Arrival {
    SpikeId spike = 0;
    SynapseId synapse = 0;
    double slope = 0.0;
  };
  std::vector<Arrival> arrivals = {};
};

struct TrialMargins {
  std::vector<CrossingMargin> crossings;  // in the order of the tape
  std::vector<SilenceMargin> silences;    // by neuron, then time
};

// `crossings`: whether they are wanted. The tape is one of the network's.
TrialMargins trial_margins(const Network& network, const Tape& tape, bool crossings = true);

}  // namespace retrograde
