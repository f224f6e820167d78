// Small random problems of sparse coding whose optima are known to the last digits.
#pragma once

#include <retrograde/engine/pursuit/fista.hpp>
#include <retrograde/events/random.hpp>

namespace retrograde::test {

inline Matrix random_matrix(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
  Random random(seed, "test/matrix");
  Matrix values(rows, columns);
  for (Eigen::Index j = 0; j < columns; ++j)
    for (Eigen::Index i = 0; i < rows; ++i) values(i, j) = random.normal();
  return values;
}

inline Vector random_vector(Eigen::Index size, std::uint64_t seed) {
  return random_matrix(size, 1, seed).col(0);
}

// 12 dimensions, 18 atoms of length 1 in groups of 3.
inline PursuitProblem small_problem(double l1, double l2, bool non_negative = false) {
  return {Dictionary(normalised(random_matrix(12, 18, 3))),
          Penalty::equal(Groups::equal(18, 3), l1, l2, non_negative)};
}

// Proximal gradients until nothing moves: a gap of 0 leaves a code half of its digits, so that none is
// small enough to stop at.
inline Vector optimum(const PursuitProblem& problem, const Vector& signal) {
  return fista(problem, signal, {.tolerance = -1.0, .most_iterations = 2000}).code;
}

}  // namespace retrograde::test
