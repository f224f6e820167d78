#include <cmath>

#include <retrograde/adjoint/train/structure/structure_spec.hpp>

namespace retrograde {

void apply(StructureRule rule, StructureSpec& spec) {
  switch (rule) {
    case StructureRule::fixed:
      return;
    case StructureRule::deep_r:
      spec.budget = Budget::network;
      spec.signs = Signs::synapse;
      spec.removal = Removal::sign;
      spec.growth = Growth::random;
      spec.grown_weight = 1e-12;
      spec.l1_step = L1Step::proximal;
      return;
    case StructureRule::rigl:
      spec.removal = Removal::magnitude;
      spec.growth = Growth::gradient;
      spec.every = 100;
      spec.fraction = 0.3;
      return;
    case StructureRule::deep_r_rigl:
      spec.signs = Signs::neuron;
      spec.removal = Removal::sign;
      spec.growth = Growth::signed_gradient;
      spec.grown_weight = 1e-12;
      spec.keep_moments = true;
      spec.l1 = 0.01;
      spec.l1_step = L1Step::gradient;
      return;
  }
}

std::vector<Time> grown_delays(const StructureSpec& spec) {
  std::vector<Time> delays;
  if (spec.delay != GrownDelay::best) return delays;
  // What rounding leaves below a whole number of steps means that number.
  const auto steps = static_cast<std::size_t>(
      std::floor((spec.delay_max - spec.delay_min) / spec.delay_step * (1.0 + 1e-12)));
  for (std::size_t k = 0; k <= steps; ++k)
    delays.push_back(spec.delay_min + static_cast<double>(k) * spec.delay_step);
  return delays;
}

}  // namespace retrograde
