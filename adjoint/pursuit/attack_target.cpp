#include <algorithm>
#include <fmt/format.h>

#include <retrograde/adjoint/pursuit/attack_target.hpp>
#include <retrograde/adjoint/pursuit/implicit.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

Vector vector_of(std::span<const double> values) {
  Vector v(static_cast<Eigen::Index>(values.size()));
  std::copy(values.begin(), values.end(), v.data());
  return v;
}

AttackPoint point(double margin, const Vector& gradient) {
  return {margin, {gradient.data(), gradient.data() + gradient.size()}};
}

}  // namespace

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
    const Vector code = solve(vector_of(input));
    const CodeValue margin = code_margin(classifier, code, label);
    return point(margin.value, pursuit_gradient(classifier.problem, code, margin.p).signal);
  };
}

AttackTarget threshold_target(const PursuitClassifier& classifier, std::uint32_t label) {
  return [&classifier, label](std::span<const double> input) {
    const Dictionary& dictionary = classifier.problem.dictionary;
    const Penalty& penalty = classifier.problem.penalty;
    const Vector code = penalty.shrunk(dictionary.correlations(vector_of(input)));
    const CodeValue margin = code_margin(classifier, code, label);
    // p of the coefficients that move, then J of each group.
    Vector back = Vector::Zero(code.size());
    for (const Eigen::Index i : support_of(penalty, code)) back(i) = margin.p(i);
    for (Eigen::Index g = 0; g < penalty.groups.count(); ++g) {
      const auto a = code.segment(penalty.groups.begin(g), penalty.groups.size(g));
      auto p = back.segment(penalty.groups.begin(g), penalty.groups.size(g));
      const double length = a.norm();
      if (length == 0.0 || penalty.l2(g) == 0.0) continue;
      const double m = length / (length + penalty.l2(g));
      p = (m * p + (1.0 - m) * (a.dot(p) / (length * length)) * a).eval();
    }
    return point(margin.value, dictionary.signal(back));
  };
}

}  // namespace retrograde
