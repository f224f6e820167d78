// Cross-entropy of first spikes:
//
//   -log softmax_l(-t/tau0) + alpha (e^(t_l/tau1) - 1)
//
// t the first spikes of the population, l the label; a silent neuron counts as t = duration. The
// second term asks the neuron of the label to fire early.
//
// Wunderlich & Pehle, Event-based backpropagation can compute exact gradients for spiking neural
// networks, Scientific Reports 11, 12829 (2021).
#pragma once

#include <cstdint>
#include <memory>

#include <retrograde/adjoint/loss/loss.hpp>

namespace retrograde {

// tau0, tau1 in ms; alpha without unit.
struct FirstSpikeCrossEntropySpec {
  std::uint32_t population = 0;
  Time tau0 = 1.0;
  double alpha = 0.0;
  Time tau1 = 10.0;
};
std::unique_ptr<Loss> make_loss(const FirstSpikeCrossEntropySpec& spec);

}  // namespace retrograde
