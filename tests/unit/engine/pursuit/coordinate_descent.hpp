// A second solver of basis pursuit with l1 alone, in long double: one coefficient after the other put
// where the objective is smallest (Fu 1998; no step, no momentum, no largest eigenvalue).
#pragma once

#include <cmath>

#include <retrograde/engine/pursuit/problem.hpp>

namespace retrograde::test {

inline Vector coordinate_descent(const PursuitProblem& problem, const Vector& signal,
                                 int sweeps = 5000) {
  using Long = Eigen::Matrix<long double, Eigen::Dynamic, Eigen::Dynamic>;
  const Long atoms = problem.dictionary.dense().cast<long double>();
  const Penalty& penalty = problem.penalty;
  Long code = Long::Zero(atoms.cols(), 1), rest = signal.cast<long double>();
  for (int k = 0; k < sweeps; ++k)
    for (Eigen::Index i = 0; i < atoms.cols(); ++i) {
      const long double square = atoms.col(i).squaredNorm();
      const long double pull = atoms.col(i).dot(rest.col(0)) + square * code(i);
      const long double over =
          std::fmax((penalty.non_negative ? pull : std::fabs(pull)) -
                        static_cast<long double>(penalty.l1(penalty.groups.of(i))),
                    0.0L);
      const long double next = std::copysign(over / square, pull);
      rest += (code(i) - next) * atoms.col(i);
      code(i) = next;
    }
  return code.col(0).cast<double>();
}

}  // namespace retrograde::test
