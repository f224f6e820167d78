// Cross-entropy of the largest voltages:
//
//   -log softmax_l(gain max_t V(t))
//
// over [0, T], V(0) = 0 and V(T) among the candidates; l the label. By the envelope theorem the
// instant of a maximum has no derivative of its own, unless it sits on an arrival: where V rises
// until an arrival and falls after it, the maximum moves with the arrival, by dV/dt just before it.
//
// Wunderlich & Pehle, Event-based backpropagation can compute exact gradients for spiking neural
// networks, Scientific Reports 11, 12829 (2021): L_max.
#pragma once

#include <cstdint>
#include <memory>

#include <retrograde/adjoint/loss/loss.hpp>

namespace retrograde {

// The population must be one without a threshold: evaluate throws NetworkError otherwise.
struct VoltageMaximumCrossEntropySpec {
  std::uint32_t population = 0;
  double gain = 1.0;  // logits are multiplied by it
};
std::unique_ptr<Loss> make_loss(const VoltageMaximumCrossEntropySpec& spec);

}  // namespace retrograde
