// Random problems of basis pursuit for tests of its solvers.
#pragma once

#include <cstdint>

#include <retrograde/engine/pursuit/problem.hpp>
#include <retrograde/events/random.hpp>

namespace retrograde::test {

inline Matrix normal_matrix(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
  Random random(seed, "test/dictionary");
  Matrix matrix(rows, columns);
  for (Eigen::Index j = 0; j < columns; ++j)
    for (Eigen::Index i = 0; i < rows; ++i) matrix(i, j) = random.normal();
  return matrix;
}

// Atoms of length 1, all of which meet each other.
inline Dictionary dense_dictionary(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
  return Dictionary(normalised(normal_matrix(rows, columns, seed)));
}

// Atoms of length 1 that cover `width` neighbouring dimensions each, so that most do not meet.
inline Dictionary sparse_dictionary(Eigen::Index rows, Eigen::Index columns, Eigen::Index width,
                                    std::uint64_t seed) {
  Random random(seed, "test/sparse");
  Matrix matrix = Matrix::Zero(rows, columns);
  for (Eigen::Index j = 0; j < columns; ++j) {
    const Eigen::Index first = j * (rows - width) / (columns - 1);
    for (Eigen::Index i = first; i < first + width; ++i) matrix(i, j) = random.normal();
  }
  return Dictionary(SparseMatrix(normalised(std::move(matrix)).sparseView()));
}

inline Vector normal_signal(Eigen::Index size, std::uint64_t seed) {
  Random random(seed, "test/signal");
  Vector signal(size);
  for (double& x : signal) x = random.normal();
  return signal;
}

}  // namespace retrograde::test
