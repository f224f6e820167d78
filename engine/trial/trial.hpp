// One trial: how long it lasts (ms) and the spikes of the input populations, ordered by (time,
// neuron), each within [0, duration). Neurons may be muted for its time: they fire, but what they
// send reaches nobody (dropout in training).
//
// An input spike may carry a payload x, a graded spike: over a synapse of weight w it brings w x.
// Spikes of the network never do. At a step receptor (engine/neuron/model.hpp) graded spikes are how
// an analogue signal comes in, its payloads being the changes of the signal: see signal.hpp.
//
// Neurons begin at rest (V = 0, no currents) unless the trial says how else (initial_state.hpp), and
// nothing but spikes happens unless it has a timeline (timeline.hpp).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <retrograde/engine/trial/initial_state.hpp>
#include <retrograde/events/spike.hpp>

namespace retrograde {

struct Timeline;

// Largest size of a payload: its product with a weight has to stay as far from overflow as
// parameters.hpp says of amplitudes.
inline constexpr double largest_payload = 1e30;

struct Trial {
  Time duration = 0;
  std::vector<Spike> inputs;
  std::vector<char> muted = {};                      // per neuron; empty: nobody
  std::vector<double> payloads = {};                 // one per input; empty: all of them are 1
  std::shared_ptr<const InitialState> initial = {};  // null: rest
  std::shared_ptr<const Timeline> timeline = {};     // null: nothing happens

  bool is_muted(NeuronId neuron) const { return !muted.empty() && muted[neuron] != 0; }
  bool graded() const { return !payloads.empty(); }
};

// Puts the inputs into their order, with their payloads; equal ones keep theirs. O(inputs log).
void sort_inputs(Trial& trial);

// Throws NetworkError unless the duration is finite and above 0 and the rest is what Trial says.
// `is_input` and `name` speak of neurons 0 .. neurons - 1. O(inputs).
void check(const Trial& trial, NeuronId neurons, const std::function<bool(NeuronId)>& is_input,
           const std::function<std::string(NeuronId)>& name);

}  // namespace retrograde
