// A polynomial to test with:
//
//   sum over spikes of c_j (t/scale)^power + sum over neurons of a_j A_j
//
// A the weighted voltage integrals of the population.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/engine/neuron/time_weight.hpp>

namespace retrograde {

struct SpikeTimePowerSpec {
  std::uint32_t population = 0;
  std::vector<double> coefficient;  // c, per neuron, or empty
  Time scale = 1.0;
  double power = 1.0;
  std::vector<double> integral;  // a, per neuron, or empty
  TimeWeight weighting = {};     // of the integrals
};
std::unique_ptr<Loss> make_loss(const SpikeTimePowerSpec& spec);

}  // namespace retrograde
