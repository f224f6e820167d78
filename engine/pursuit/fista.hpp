// The reference: accelerated proximal gradients (FISTA; Beck and Teboulle 2009), begun anew whenever
// momentum leads uphill (O'Donoghue and Candes 2015), until the duality gap says that it is done. Where
// a group has neither weight that gap does not close; then the KKT residual says it.
#pragma once

#include <cstdint>
#include <functional>

#include <retrograde/engine/pursuit/problem.hpp>

namespace retrograde {

struct FistaOptions {
  // Of the duality gap, relative to 1/2 |x|^2; of the KKT residual, to |D|_2 |x|, which no correlation
  // exceeds.
  double tolerance = 1e-10;
  std::uint32_t most_iterations = 100'000;
};

struct PursuitSolution {
  Vector code;
  double objective = 0.0;
  double gap = 0.0;  // duality gap, absolute
  double kkt = 0.0;  // kkt_residual
  std::uint32_t iterations = 0;
  bool converged = false;
};

// From `start`, or from 0 if it is empty. Throws UsageError for a signal or start of another size or
// with values that are not finite or whose squares are not. It never throws for want of convergence:
// `converged` says it.
PursuitSolution fista(const PursuitProblem& problem, const Vector& signal,
                      const FistaOptions& options = {}, const Vector& start = {});

// The codes of many signals, a column each, from `start` (or 0, if it is empty) by a given number of
// iterations: what training a dictionary goes through, as matrix products.
Matrix fista_codes(const PursuitProblem& problem, const Matrix& signals, std::uint32_t iterations,
                   const Matrix& start = {});

// The same from D^T D and the drives D^T x, a column each: of fewer atoms than twice the dimensions
// it is less work. `step` is at most 1 / the largest eigenvalue of D^T D.
Matrix fista_codes(const Matrix& gram, const Penalty& penalty, double step, const Matrix& drives,
                   std::uint32_t iterations, const Matrix& start = {});

}  // namespace retrograde
