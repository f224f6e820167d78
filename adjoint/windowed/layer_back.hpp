// One layer's way back through one trial, window after window, the last one first: the mirror of
// engine/windowed/layer_run.hpp. See windowed.hpp for what a window does.
//
// What precedes what, with window k of the layer in mind:
//
//   gather inside k   the layer's own spikes of window k read the lanes that they reached: those
//                     after k, since a spike is felt a window later at the earliest
//   close k           needs their messages, and the costates at the end of k: fills lane k, where a
//                     neuron fires or is released with the stretches in between
//   gather outside k  spikes of earlier layers in window k read the lanes that they reached: k and
//                     later
//
//   gather inside k  <  close k  <  gather outside k  <  gather inside k - 1      (inside a layer)
//   gather outside k of a layer  <  gather inside k, close k of an earlier one
//
// The last line is all that joins layers: the messages of an earlier layer's spikes of window k are
// complete when every later layer has gathered them. So window k of a layer may overlap any earlier
// window of a later layer. Inside a window neurons are independent in close, and targets in gather
// (a spike's message is their sum, in a fixed order); gather outside may be put off until its lane
// is needed for another window.
#pragma once

#include <vector>

#include <retrograde/adjoint/backward.hpp>
#include <retrograde/engine/trial/spike_train.hpp>
#include <retrograde/engine/windowed/window_plan.hpp>

namespace retrograde {

// The spikes of one population on the tape.
struct TapeTrain : SpikeTrain {
  std::vector<SpikeId> ids;
};

// Per population.
std::vector<TapeTrain> trains_of(const Network& network, const Tape& tape);

// A spike or a release of a neuron of a layer.
struct LayerEvent {
  std::uint32_t window;
  std::uint32_t neuron;  // within the layer
  Time time;
  std::uint32_t spike;  // of the train of its population
  bool release;
};

// All of a layer before the end of the tape: the last window first, within it neuron after neuron, and
// of each the latest first.
std::vector<LayerEvent> events_of(const Network& network, const WindowLayer& layer,
                                  const std::vector<TapeTrain>& trains, Time duration);

// Adds the gradients of a layer's neurons and of the synapses that reach it, and to `messages`, dL/dt
// per spike of the tape, what the layer has heard of them. Those of its own spikes are complete but
// for what it says itself.
void reverse_layer(const Network& network, const WindowLayer& layer, const Tape& tape,
                   const std::vector<TapeTrain>& trains, const LossValue& loss,
                   const BackwardOptions& options, std::vector<double>& messages,
                   Gradient& gradient, GrazingCounts& grazing);

}  // namespace retrograde
