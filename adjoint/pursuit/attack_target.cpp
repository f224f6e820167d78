#include <algorithm>
#include <fmt/format.h>

#include <retrograde/adjoint/pursuit/attack_target.hpp>
#include <retrograde/adjoint/pursuit/implicit.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

PursuitSolver warm_fista(const PursuitProblem& problem, const FistaOptions& options) {
  return [&problem, options, last = Vector()](const Vector& signal) mutable {
    const PursuitSolution solution = fista(problem, signal, options, last);
    if (!solution.converged)
      throw NumericalError(fmt::format(
          "after {} iterations a code has a duality gap of {}; allow more iterations or "
          "a larger tolerance than {}",
          solution.iterations, solution.gap, options.tolerance));
    last = solution.code;
    return solution.code;
  };
}

AttackTarget attack_target(const PursuitClassifier& classifier, std::uint32_t label,
                           PursuitSolver solver) {
  return [&classifier, label, solve = std::move(solver)](std::span<const double> input) {
    Vector signal(static_cast<Eigen::Index>(input.size()));
    std::copy(input.begin(), input.end(), signal.data());
    const Vector code = solve(signal);
    const CodeValue margin = code_margin(classifier, code, label);
    const PursuitGradient gradient = pursuit_gradient(classifier.problem, code, margin.p);
    return AttackPoint{margin.value,
                       {gradient.signal.data(), gradient.signal.data() + gradient.signal.size()}};
  };
}

}  // namespace retrograde
