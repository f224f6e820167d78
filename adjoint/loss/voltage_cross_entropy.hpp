// Cross-entropy of mean voltages:
//
//   -log softmax_l(gain A/T)
//
// A the weighted voltage integrals of the population, T the duration of the trial, or of the window
// where the weighting is one, l the label. Of an instant it is gain V then.
//
// Nowotny, Turner & Knight, Loss shaping enhances exact gradient learning with Eventprop in spiking
// neural networks, Neuromorphic Computing and Engineering (2025), doi:10.1088/2634-4386/ada852: L_sum; with the
// exponential weighting of tau = T, L_sum_exp.
#pragma once

#include <cstdint>
#include <memory>

#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/engine/neuron/time_weight.hpp>

namespace retrograde {

struct VoltageCrossEntropySpec {
  std::uint32_t population = 0;
  TimeWeight weighting = {};
  double gain = 1.0;  // logits are multiplied by it
};
std::unique_ptr<Loss> make_loss(const VoltageCrossEntropySpec& spec);

}  // namespace retrograde
