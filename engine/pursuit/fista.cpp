#include <cmath>
#include <fmt/format.h>

#include <retrograde/engine/pursuit/fista.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

// How often the gap is looked at: it costs as much as an iteration.
constexpr std::uint32_t iterations_a_look = 10;

void require(const PursuitProblem& problem, const Vector& signal, const Vector& start) {
  check(problem, signal);
  if (start.size() != 0 && start.size() != problem.dictionary.size())
    throw UsageError(fmt::format("a first code of {} values for a dictionary of {} atoms",
                                 start.size(), problem.dictionary.size()));
  if (!start.allFinite()) throw UsageError("a first code has a value that is not finite");
}

}  // namespace

PursuitSolution fista(const PursuitProblem& problem, const Vector& signal,
                      const FistaOptions& options, const Vector& start) {
  require(problem, signal, start);
  const Dictionary& d = problem.dictionary;
  const double step = 1.0 / d.largest_eigenvalue();
  const double wanted = options.tolerance * 0.5 * signal.squaredNorm();
  const double wanted_kkt = options.tolerance * std::sqrt(d.largest_eigenvalue()) * signal.norm();
  const bool by_gap = (problem.penalty.l1 + problem.penalty.l2).minCoeff() > 0.0;

  PursuitSolution solution;
  Vector code = start.size() != 0 ? start : Vector::Zero(d.size());
  Vector ahead = code;
  double momentum = 1.0;
  for (std::uint32_t k = 0;; ++k) {
    if (k % iterations_a_look == 0 || k == options.most_iterations) {
      solution.iterations = k;
      solution.gap = duality_gap(problem, signal, code);
      solution.converged =
          by_gap ? solution.gap <= wanted : kkt_residual(problem, signal, code) <= wanted_kkt;
      if (solution.converged || k == options.most_iterations) break;
    }
    // A proximal step from where momentum has led.
    const Vector next =
        problem.penalty.shrunk(ahead + step * d.correlations(signal - d.signal(ahead)), step);
    // Momentum goes on, unless it led uphill.
    const Vector change = next - code;
    const bool uphill = (ahead - next).dot(change) > 0.0;
    const double grown = 0.5 * (1.0 + std::sqrt(1.0 + 4.0 * momentum * momentum));
    if (uphill) {
      momentum = 1.0;
      ahead = next;
    } else {
      ahead = next + (momentum - 1.0) / grown * change;
      momentum = grown;
    }
    code = next;
  }
  solution.objective = objective(problem, signal, code);
  solution.kkt = kkt_residual(problem, signal, code);
  solution.code = std::move(code);
  return solution;
}

namespace {

// Iterations on many codes at once; products(codes) is D^T D codes.
template <class Products>
Matrix iterated(const Penalty& penalty, double step, const Matrix& drives, std::uint32_t iterations,
                const Matrix& start, const Products& products) {
  const Groups& groups = penalty.groups;
  Matrix codes = start.size() != 0 ? start : Matrix::Zero(drives.rows(), drives.cols());
  Matrix ahead = codes;
  double momentum = 1.0;
  for (std::uint32_t k = 0; k < iterations; ++k) {
    Matrix next = ahead + step * (drives - products(ahead));
    for (Eigen::Index j = 0; j < next.cols(); ++j)
      for (Eigen::Index g = 0; g < groups.count(); ++g)
        penalty.shrink(g, next.data() + j * next.rows() + groups.begin(g), step);
    const double grown = 0.5 * (1.0 + std::sqrt(1.0 + 4.0 * momentum * momentum));
    ahead = next + (momentum - 1.0) / grown * (next - codes);
    momentum = grown;
    codes = std::move(next);
  }
  return codes;
}

}  // namespace

Matrix fista_codes(const PursuitProblem& problem, const Matrix& signals, std::uint32_t iterations,
                   const Matrix& start) {
  check(problem);
  const Dictionary& d = problem.dictionary;
  return iterated(problem.penalty, 1.0 / d.largest_eigenvalue(), d.correlations_of(signals),
                  iterations, start,
                  [&](const Matrix& codes) { return d.correlations_of(d.signals(codes)); });
}

Matrix fista_codes(const Matrix& gram, const Penalty& penalty, double step, const Matrix& drives,
                   std::uint32_t iterations, const Matrix& start) {
  return iterated(penalty, step, drives, iterations, start,
                  [&](const Matrix& codes) -> Matrix { return gram * codes; });
}

}  // namespace retrograde
