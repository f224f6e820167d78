// How many synapses the projections of a learned structure have.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <retrograde/adjoint/train/structure/structure_spec.hpp>

namespace retrograde {

// A projection: the pairs that may have a synapse, and the sizes of its populations.
struct BudgetedProjection {
  std::uint64_t pairs = 0;
  std::uint32_t sources = 0, targets = 0;
};

// Synapses of each projection; of Budget::network one number, of all together.
//   uniform      floor(density pairs) each
//   erdos_renyi  density_l = e (sources + targets) / (sources targets), at most 1, with the e that makes
//                the sum floor(density all pairs); fractions are rounded so that the largest ones are
//                rounded up, of equal ones the first
//   network      floor(density all pairs)
// What rounding leaves below a whole number means that number.
std::vector<std::uint64_t> budgets(Budget budget, double density,
                                   std::span<const BudgetedProjection> projections);

}  // namespace retrograde
