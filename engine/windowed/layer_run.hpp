// One layer's way through one trial, window after window. See windowed.hpp for what a window does.
//
// What precedes what, with window k of the layer in mind:
//
//   admit k    the spikes that begin before the end of k are read: those of earlier layers, and
//              the layer's own of windows before k. A spike of k itself is felt in k + 1 at the
//              earliest, since window <= delay inside the layer.
//   deliver k  brings them on their way, to lanes or lists of windows k, k + 1, .., and adds the lists of
//              k to its lanes; these are complete then, since admit has met every spike that can reach them.
//   close k    needs lane k complete and the state of k - 1; frees lane k.
//   replay k   needs close k (the bound) and the spikes admitted up to k; changes the neuron's own
//              state only.
//   collect k  needs replay k of all neurons; gives the spikes of k to the trains.
//
//   admit k  <  deliver k  <  close k  <  replay k  <  collect k  <  admit k + 1        (inside a layer)
//   collect k of a layer  <  admit k of a later layer
//
// What is not in this order may overlap: neurons with each other in deliver, close and replay of
// one window (lanes are per target; that is how threads share a layer); deliver k + 1, .. of spikes
// from earlier layers with close and replay k, if they go to lanes and lists after k; and window k of one
// layer with any later window of an earlier one. A layer without synapses inside needs no collect
// before the next admit.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include <retrograde/engine/exact/arbiter.hpp>
#include <retrograde/engine/trial/spike_train.hpp>
#include <retrograde/engine/windowed/windowed.hpp>

namespace retrograde {

// The order of spikes on a tape: time, rank, neuron (events/order.hpp).
bool before(std::span<const std::uint32_t> ranks, const TapeSpike& a, const TapeSpike& b);

// Appends the spikes of the layer, in order, and gives them to the trains, which have those of the
// layers before. `progress` is told the time now and then, and throws to stop the run.
void run_layer(const Network& network, const WindowLayer& layer, const Trial& trial,
               const RunOptions& options, const WindowedOptions& windowed,
               std::span<const std::uint32_t> ranks, std::vector<SpikeTrain>& trains,
               Arbiter& arbiter, std::vector<TapeSpike>& spikes,
               const std::function<void(Time)>& progress);

}  // namespace retrograde
