// What every network does that is not further from a given one than stated: for each spike an interval
// that holds its time in all of them, for each voltage that is read an interval of its value; or the
// doubt that ends the proof. With it a decision is certified: whatever the weights, delays, thresholds
// and spike times within their bounds, it stays what it is.
//
// Method. Every neuron has two states, from above and from below, that hold (V, I) of all those
// networks between them. Both follow the neuron's own equations, since
//   tau_mem dV/dt = -V + bias + I,  tau_syn dI/dt = -I
// keeps order: more I and more V now are more of both later. An arrival of weight w somewhere in
// [a, b] counts, from above, with w e^((b - a)/tau_syn) from a on if w > 0, which is at least what it
// leaves at any time whenever it came, and with w e^(-(b - a)/tau_syn) from b on if w < 0; from below
// the other way round. V from above reaches the lowest threshold at the earliest time of a spike, V
// from below the highest one at the latest. In between V may have been reset or not, and of those that
// have been there are two more states: from above V was reset at the earliest time, from below at any,
// and neither is ever on the wrong side of v_reset, where the next one may just be put. If V from above
// is at the threshold again before V from below has been, nothing is proven, and that is the doubt. So is
// a spike that only some of the networks have, but for the last one of a neuron in a layer without
// recurrence: it counts where it makes things worse.
//
// A readout of integrals is linear in what arrives, so each arrival counts with the most and the least
// that it is worth in its interval (linear_response.hpp): no state is followed.
//
// Populations are done layer by layer; within a recurrent layer an interval has to be shorter than the
// delay behind it. Rounding: everything is widened by 1e-12, far more than it amounts to.
//
// It runs cuba_lif and cuba_li neurons with one exponential receptor. O((spikes + deliveries) log).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/readout.hpp>
#include <retrograde/engine/trial/trial.hpp>

namespace retrograde {

// How far from the given network another one may be. Half widths; empty: none.
struct Uncertainty {
  std::vector<double> weight;     // per synapse
  std::vector<Time> delay;        // per synapse (ms); delays stay at 0 or above
  std::vector<Time> shift;        // per synapse, added to its delay and no width; may be negative
  std::vector<double> threshold;  // per neuron
  std::vector<double> bias;       // per neuron
  Time input = 0.0;               // of input spikes (ms)
  // ms after V is at the threshold by which a spike, with its reset, may come: a grid that looks at V
  // once a step.
  Time late = 0.0;
  // ms between the points at which a readout looks at V and at which all that reaches it arrives; 0: at
  // all times. Integrals are then sums of grid weighting(t) V(t), as engine/stepped has them.
  Time grid = 0.0;
};

struct SpikeInterval {
  NeuronId neuron = 0;
  Time first = 0.0, last = 0.0;
};

// Why nothing is proven, and where.
struct Doubt {
  enum class Kind : std::uint8_t {
    existence,  // a spike that some of the networks have and others have not
    second,     // two spikes whose order with each other is open
    causality,  // a recurrent spike whose time is less certain than its delay is long
  };
  Kind kind = Kind::existence;
  NeuronId neuron = 0;
  Time time = 0.0;
};
std::string text(const Doubt& doubt, const Network& network);

struct Enclosure {
  std::optional<Doubt> doubt;         // none: everything below holds for all those networks
  std::vector<SpikeInterval> spikes;  // of neurons that are no inputs, by latest time
  // Spikes behind those of their neurons that only some of the networks have, before the end.
  std::vector<SpikeInterval> possible;
  // Of a readout of voltages, what it reads of each neuron of its population.
  std::vector<double> low, high;
};

// Throws NetworkError for other models, graded or muted trials, for readouts of voltages of neurons
// that fire, and for weightings without a closed form.
Enclosure enclose(const Network& network, const Trial& trial, const Uncertainty& uncertainty,
                  const Readout& readout = {});

// The decision of all those networks: an index, or no_decision where all of them are silent; nullopt:
// not proven.
std::optional<int> certified_decision(const Network& network, const Readout& readout,
                                      const Enclosure& enclosure);

}  // namespace retrograde
