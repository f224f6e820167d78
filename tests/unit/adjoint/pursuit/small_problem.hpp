// Small random problems of sparse coding whose optima are known to the last digits.
#pragma once

#include <retrograde/engine/pursuit/fista.hpp>

#include "tests/support/drawn_problem.hpp"

namespace retrograde::test {

// 12 dimensions, 18 atoms of length 1 in groups of 3.
inline PursuitProblem small_problem(double l1, double l2, bool non_negative = false) {
  return {Dictionary(normalised(normal_matrix(12, 18, 3))),
          Penalty::equal(Groups::equal(18, 3), l1, l2, non_negative)};
}

// Proximal gradients until nothing moves: a gap of 0 leaves a code half of its digits, so that none is
// small enough to stop at.
inline Vector optimum(const PursuitProblem& problem, const Vector& signal) {
  return fista(problem, signal, {.tolerance = -1.0, .most_iterations = 2000}).code;
}

}  // namespace retrograde::test
