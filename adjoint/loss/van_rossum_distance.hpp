// The distance between spike trains:
//
//   sum over neurons of 1/tau integral from 0 to infinity of (f - f*)^2 dt
//
// f and f* the spikes and targets of a neuron, each a jump by 1 that decays with e^(-t/tau). It goes
// on beyond the trial, so a late spike costs as much as an early one. One spike too many or too few
// costs 1/2, two far from each other 1. Where a spike meets a target the distance has a kink; its
// derivative there is the mean of both sides.
//
// van Rossum, A novel spike distance, Neural Computation 13, 751 (2001).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <retrograde/adjoint/loss/loss.hpp>

namespace retrograde {

struct VanRossumDistanceSpec {
  std::uint32_t population = 0;
  std::vector<std::vector<Time>> targets;  // per neuron, ascending
  Time tau = 10.0;
};
std::unique_ptr<Loss> make_loss(const VanRossumDistanceSpec& spec);

}  // namespace retrograde
