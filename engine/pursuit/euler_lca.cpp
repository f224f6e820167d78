#include <cmath>
#include <fmt/format.h>

#include <retrograde/engine/pursuit/euler_lca.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

EulerLca::EulerLca(const PursuitProblem& problem, const EulerLcaOptions& options)
    : problem_(&problem), options_(options) {
  check(problem);
  const auto require = [](bool good, const char* what, double value) {
    if (!good || !std::isfinite(value))
      throw UsageError(fmt::format("{} of an LCA is {}, it has to be above 0", what, value));
  };
  require(options.tau > 0.0, "tau", options.tau);
  require(options.dt > 0.0, "the step", options.dt);
  require(options.tolerance > 0.0, "the tolerance", options.tolerance);
  const double longest = 2.0 / std::fmax(problem.dictionary.largest_eigenvalue(), 1.0);
  if (options.dt / options.tau >= longest)
    throw UsageError(fmt::format(
        "steps of {:g} ms at tau = {:g} ms do not converge with this dictionary; take less than "
        "{:.3g} ms",
        options.dt, options.tau, longest * options.tau));
  if (problem.dictionary.sparse()) return;
  const Matrix& atoms = std::get<Matrix>(problem.dictionary.atoms());
  competition_ = atoms.transpose() * atoms;
  competition_.diagonal().array() -= 1.0;
}

EulerLcaResult EulerLca::run(const Vector& signal, const Vector& start) const {
  const Dictionary& d = problem_->dictionary;
  const Groups& groups = problem_->penalty.groups;
  if (signal.size() != d.dimension() || (start.size() != 0 && start.size() != d.size()))
    throw UsageError(
        fmt::format("a signal of {} values and a start of {} for a dictionary of {} x {}",
                    signal.size(), start.size(), d.dimension(), d.size()));
  if (!signal.allFinite() || !start.allFinite())
    throw UsageError("a signal or start has a value that is not finite");

  EulerLcaResult result;
  const Vector drive = d.correlations(signal);
  Vector u = start.size() != 0 ? start : Vector::Zero(d.size());
  Vector code = problem_->penalty.shrunk(u), competition(d.size());
  for (std::uint32_t k = 0;; ++k) {
    if (options_.steps_a_look > 0 && k % options_.steps_a_look == 0)
      result.converged = kkt_residual(*problem_, signal, code) <= options_.tolerance;
    if (result.converged || k == options_.most_steps) break;
    for (Eigen::Index g = 0; g < groups.count(); ++g)
      result.messages += (code.segment(groups.begin(g), groups.size(g)).array() != 0.0).any();
    step(drive, u, code, competition);
    result.steps = k + 1;
  }
  result.kkt = kkt_residual(*problem_, signal, code);
  result.converged = result.kkt <= options_.tolerance;
  result.objective = objective(*problem_, signal, code);
  result.potential = std::move(u);
  result.code = std::move(code);
  return result;
}

void EulerLca::step(const Vector& drive, Vector& u, Vector& code, Vector& competition) const {
  const double part = options_.dt / options_.tau;
  if (competition_.size() != 0) {
    // Who has no code says nothing.
    competition.setZero();
    for (Eigen::Index j = 0; j < code.size(); ++j)
      if (code(j) != 0.0) competition += code(j) * competition_.col(j);
  } else {
    competition = problem_->dictionary.correlations(problem_->dictionary.signal(code)) - code;
  }
  u += part * (drive - u - competition);
  code = u;
  const Groups& groups = problem_->penalty.groups;
  for (Eigen::Index g = 0; g < groups.count(); ++g)
    problem_->penalty.shrink(g, code.data() + groups.begin(g));
}

}  // namespace retrograde
