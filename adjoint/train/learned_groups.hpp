// What training changes, in the groups that people speak of: the weights of a projection, the time
// constants of a population.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <retrograde/adjoint/train/learning.hpp>

namespace retrograde {

struct LearnedGroup {
  ParameterKind kind;
  std::string where;                // name of the projection or population
  std::vector<std::size_t> values;  // those that are learned: places in Network::parameters()

  std::vector<double> of(std::span<const double> parameters) const;
};

// Kind by kind, projection by projection and population by population; no group is empty.
// O(parameters).
std::vector<LearnedGroup> learned_groups(const Network& network, const Learning& learning);

}  // namespace retrograde
