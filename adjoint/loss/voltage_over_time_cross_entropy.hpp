// Cross-entropy of voltages at every instant:
//
//   1/T integral over the trial of -log softmax_l(gain V(t)) dt
//
// l the label. Not linear in V, so it needs quadrature: Gauss-Kronrod panels between the arrivals at
// the population, halved until the sums of 7 and 15 points agree to 1e-11; the latter are then good
// to 1e-13. The derivatives are those of the sum. Decisions are read from the mean of V.
//
// Nowotny, Turner & Knight, Loss shaping enhances exact gradient learning with Eventprop in spiking
// neural networks, Neuromorphic Computing and Engineering (2025), doi:10.1088/2634-4386/ada852: L_x-entropy.
#pragma once

#include <cstdint>
#include <memory>

#include <retrograde/adjoint/loss/loss.hpp>

namespace retrograde {

// The population must be one without a threshold: evaluate throws NetworkError otherwise.
struct VoltageOverTimeCrossEntropySpec {
  std::uint32_t population = 0;
  double gain = 1.0;  // logits are multiplied by it
};
std::unique_ptr<Loss> make_loss(const VoltageOverTimeCrossEntropySpec& spec);

}  // namespace retrograde
