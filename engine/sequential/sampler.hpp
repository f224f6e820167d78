// Takes down what probes ask for (engine/trial/probe.hpp) as membranes move on.
#pragma once

#include <span>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/sequential/membrane.hpp>
#include <retrograde/engine/trial/probe.hpp>

namespace retrograde {

class Sampler {
 public:
  Sampler(const Network& network, std::span<const Probe> probes, Time end,
          std::vector<Recording>* recordings)
      : probes_(probes),
        recordings_(recordings),
        of_neuron_(recordings ? network.neuron_count() : 0) {
    if (!recordings) return;
    recordings->clear();
    for (std::size_t p = 0; p < probes.size(); ++p) {
      recordings->push_back(empty_recording(probes[p], end));
      for (std::size_t n = 0; n < probes[p].neurons.size(); ++n)
        of_neuron_[probes[p].neurons[n]].push_back({p, n, 0});
    }
  }

  // Called before the membrane of `neuron` moves to `to`.
  void advance(NeuronId neuron, const Membrane& membrane, Time to) {
    if (!recordings_) return;
    for (Place& place : of_neuron_[neuron]) {
      const std::vector<Time>& times = (*recordings_)[place.probe].times;
      for (; place.next < times.size() && times[place.next] <= to; ++place.next)
        if (membrane.dynamics) take(place, membrane, times[place.next]);
    }
  }

 private:
  struct Place {
    std::size_t probe, position, next;
  };

  void take(const Place& place, const Membrane& membrane, Time at) {
    const Probe& probe = probes_[place.probe];
    Recording& r = (*recordings_)[place.probe];
    membrane.at(at, state_);
    const Dynamics& dynamics = *membrane.dynamics;
    const std::uint32_t n = membrane.index;
    const auto put = [&](Samples& samples, double value) {
      samples[place.position][place.next] = value;
    };
    if (probe.v) put(r.v, dynamics.voltage(n, state_.data()));
    if (probe.i) put(r.i, dynamics.current(n, state_.data()));
    for (std::size_t k = 0; k < probe.receptors.size(); ++k)
      put(r.receptors[k], dynamics.receptor_current(n, state_.data(), probe.receptors[k]));
    if (probe.threshold) put(r.threshold, dynamics.threshold(n, state_.data()));
  }

  std::span<const Probe> probes_;
  std::vector<Recording>* recordings_;
  std::vector<std::vector<Place>> of_neuron_;
  std::vector<double> state_;
};

}  // namespace retrograde
