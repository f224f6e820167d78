// Cross-entropy of what the softmax of voltages adds up to:
//
//   -log softmax_l(S),   S_j = (1/unit) integral over the trial of softmax_j(gain V(t)) dt
//
// l the label: a softmax of sums of a softmax. Where time goes in steps of one unit, S is the sum
// of the softmax at each, as published: a trial of n steps has S between 0 and n. The derivative by
// V is
//
//   dL/dV_k(t) = (gain/unit) p_k (q_k - sum_j q_j p_j) dt,   p = softmax(gain V(t)), q = dL/dS.
//
// Decided for is the class of the largest S. Quadrature: voltage_panels.hpp.
//
// Hammouamri, Khalfaoui-Hassani & Masquelier, ICLR 2024, arXiv:2306.17670; Meszaros, Knight &
// Nowotny, Front. Comput. Neurosci. 18:1460309 (2024), arXiv:2407.18917: the loss of their code.
#pragma once

#include <cstdint>
#include <memory>

#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

// The population must be one without a threshold: evaluate throws NetworkError otherwise.
struct SoftmaxSumCrossEntropySpec {
  std::uint32_t population = 0;
  double gain = 1.0;  // logits of the inner softmax are multiplied by it
  Time unit = 10.0;   // ms
};
std::unique_ptr<Loss> make_loss(const SoftmaxSumCrossEntropySpec& spec);

}  // namespace retrograde
