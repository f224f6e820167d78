// Moments of all values, in the layout of the parameters, as Adam does not keep them: 0 of what is
// not learned.
#pragma once

#include <vector>

#include <retrograde/adjoint/train/learning.hpp>

namespace retrograde::test {

inline std::vector<double> all_moments(const Learning& learning,
                                       const std::vector<double>& of_learned) {
  std::vector<double> all;
  all.reserve(learning.size());
  for (std::size_t k = 0, place = 0; k < learning.size(); ++k)
    all.push_back(learning.learned[k] ? of_learned.at(place++) : 0.0);
  return all;
}

}  // namespace retrograde::test
