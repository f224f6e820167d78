// What a run takes down about the voltages of its readout's population (engine/trial/readout.hpp),
// stretch by stretch as the membranes move on: weighted integrals, maxima, the states after
// arrivals. All of it goes onto the tape.
#pragma once

#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/sequential/membrane.hpp>
#include <retrograde/engine/trial/readout.hpp>
#include <retrograde/engine/trial/tape.hpp>

namespace retrograde {

class VoltageReadout {
 public:
  // tape.duration is set. Throws NetworkError for a population without a bounded voltage, and for
  // maxima or states of one with a threshold.
  VoltageReadout(const Network& network, const Readout& readout, Tape& tape);

  // Whether anything is taken down about this neuron.
  bool reads(NeuronId n) const { return n >= first_ && n < last_; }

  // Before a membrane moves to `to`.
  void advance(NeuronId neuron, const Membrane& membrane, Time to) {
    if (reads(neuron)) take_down(neuron, membrane, to);
  }
  // Around an arrival at the membrane's time.
  void before_arrival(NeuronId neuron, const Membrane& membrane, SpikeId spike, SynapseId synapse) {
    if (maxima_ && reads(neuron)) meet_arrival(neuron, membrane, spike, synapse);
  }
  void after_arrival(NeuronId neuron, const Membrane& membrane) {
    if (!readout_.trace || !reads(neuron)) return;
    tape_.trace.push_back({membrane.time, neuron, tape_.trace_states.size()});
    tape_.trace_states.insert(tape_.trace_states.end(), membrane.x,
                              membrane.x + membrane.state_size);
  }

 private:
  void take_down(NeuronId neuron, const Membrane& membrane, Time to);
  // A candidate for the maximum.
  void offer(NeuronId neuron, double v, Time time);
  void meet_arrival(NeuronId neuron, const Membrane& membrane, SpikeId spike, SynapseId synapse);

  const Readout readout_;
  Tape& tape_;
  const bool integrals_, maxima_;
  NeuronId first_ = 0, last_ = 0;  // the neurons that are read: [first, last)
  std::vector<std::uint32_t> arrivals_;
  std::vector<double> scratch_;
};

}  // namespace retrograde
