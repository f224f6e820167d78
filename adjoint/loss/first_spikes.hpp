// The first spikes of the neurons of a population, for losses that see no others. A silent neuron
// counts as firing at the end of the trial, and has no derivative there.
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/tape.hpp>

namespace retrograde {

class FirstSpikes {
 public:
  FirstSpikes(const Population& population, const Tape& tape);

  Time time(std::size_t neuron) const {
    return spike_[neuron] == silent ? tape_.duration : tape_.spikes[spike_[neuron]].time;
  }
  // Adds dL/dt of a neuron's first spike to those of the tape's spikes.
  void add_gradient(std::size_t neuron, double gradient, std::vector<double>& spike_times) const {
    if (spike_[neuron] != silent) spike_times[spike_[neuron]] += gradient;
  }

 private:
  static constexpr auto silent = static_cast<std::size_t>(-1);
  const Tape& tape_;
  std::vector<std::size_t> spike_;  // per neuron: its place on the tape
};

}  // namespace retrograde
