// The state in which neurons begin a trial, where that is not rest (V = 0 and no current): V, and the
// current at each receptor, which acts as a spike of that weight which arrives at 0 ms would.
#pragma once

#include <array>
#include <vector>

#include <retrograde/engine/neuron/model.hpp>
#include <retrograde/events/ids.hpp>

namespace retrograde {

// Of one neuron.
struct NeuronStart {
  double v = 0.0;
  std::array<double, max_receptors> i{};
};

// Of all neurons of a network, inputs included, which have none; an empty vector is 0 for all.
struct InitialState {
  std::vector<double> v;
  std::array<std::vector<double>, max_receptors> i;

  NeuronStart of(NeuronId neuron) const {
    NeuronStart start;
    if (!v.empty()) start.v = v[neuron];
    for (std::size_t r = 0; r < max_receptors; ++r)
      if (!i[r].empty()) start.i[r] = i[r][neuron];
    return start;
  }
};

// Of a trial or a tape; null: rest.
inline NeuronStart start_of(const InitialState* initial, NeuronId neuron) {
  return initial ? initial->of(neuron) : NeuronStart{};
}

// Puts neuron n of a population into that state.
inline void start_neuron(const Dynamics& dynamics, std::uint32_t n, const NeuronStart& start,
                         double* x) {
  dynamics.start(n, x);
  if (start.v != 0.0) dynamics.set_voltage(n, x, start.v);
  for (unsigned r = 0; r < max_receptors; ++r)
    if (start.i[r] != 0.0) dynamics.receive(n, x, r, start.i[r]);
}

}  // namespace retrograde
