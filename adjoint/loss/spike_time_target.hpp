// Squared error of spike times:
//
//   1/2 sum over neurons and their targets of ((t_k - t*_k)/scale)^2
//
// the k-th spike to the k-th target. A target without its spike counts as if the spike came at the
// end of the trial (no gradient); spikes beyond the targets are free.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <retrograde/adjoint/loss/loss.hpp>

namespace retrograde {

struct SpikeTimeTargetSpec {
  std::uint32_t population = 0;
  std::vector<std::vector<Time>> targets;  // per neuron, ascending
  Time scale = 1.0;
};
std::unique_ptr<Loss> make_loss(const SpikeTimeTargetSpec& spec);

}  // namespace retrograde
