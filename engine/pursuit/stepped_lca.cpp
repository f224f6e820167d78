#include <cmath>
#include <fmt/format.h>
#include <utility>

#include <retrograde/engine/pursuit/stepped_lca.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

LcaCompetition::LcaCompetition(const Dictionary& dictionary) : dictionary_(&dictionary) {
  if (dictionary.sparse()) return;
  const Matrix& atoms = std::get<Matrix>(dictionary.atoms());
  gram_ = atoms.transpose() * atoms;
  gram_->diagonal().array() -= 1.0;
}

Vector LcaCompetition::operator()(const Vector& code) const {
  if (!gram_) return code - dictionary_->correlations(dictionary_->signal(code));
  Vector arrives = Vector::Zero(code.size());
  for (Eigen::Index j = 0; j < code.size(); ++j)
    if (code(j) != 0.0) arrives.noalias() -= code(j) * gram_->col(j);
  return arrives;
}

SteppedLca::SteppedLca(const PursuitProblem& problem, const SteppedLcaOptions& options)
    : problem_(&problem), options_(options), competition_(problem.dictionary) {
  check(problem);
  if (!(options.step > 0.0 && options.step <= 1.0))
    throw UsageError(fmt::format("a step of {} time constants; it has to be above 0 and at most 1",
                                 options.step));
  if (!(options.spike_height >= 0.0) || !std::isfinite(options.spike_height))
    throw UsageError(
        fmt::format("a spike height of {}; it has to be 0 or more", options.spike_height));
}

SteppedLcaResult SteppedLca::run(const Vector& signal, const SteppedLcaObserver& observer) const {
  check(*problem_, signal);
  const Dictionary& d = problem_->dictionary;
  const double h = options_.step;
  const Vector drive = d.correlations(signal);

  SteppedLcaResult result;
  Vector v = Vector::Zero(d.size()), code = v, before = v;
  Vector residual = Vector::Zero(signal.size()), sent = residual;
  for (std::uint32_t k = 0; k < options_.steps; ++k) {
    before = std::exchange(code, problem_->penalty.shrunk(v));
    const Vector& arriving = options_.delayed ? before : code;
    if (options_.two_layers) {
      Vector now = residual + signal - d.signal(arriving);
      const auto sends = (now.array().abs() > options_.spike_height).eval();
      residual = sends.select(0.0, now);
      now = sends.select(now, 0.0);
      const Vector& heard = options_.delayed ? sent : now;
      v = (1.0 - h) * v + h * (d.correlations(heard) + code);
      sent = std::move(now);
    } else {
      v = (1.0 - h) * v + h * (drive + competition_(arriving));
    }
    if (observer) observer(k, code);
  }
  result.code = std::move(code);
  result.potential = std::move(v);
  return result;
}

SteppedLcaResult stepped_lca(const PursuitProblem& problem, const Vector& signal,
                             const SteppedLcaOptions& options, const SteppedLcaObserver& observer) {
  return SteppedLca(problem, options).run(signal, observer);
}

Vector lca_flow(const PursuitProblem& problem, const Vector& signal, double time,
                std::uint32_t steps) {
  check(problem, signal);
  if (!(time >= 0.0) || !std::isfinite(time) || steps == 0)
    throw UsageError(
        fmt::format("a flow of {} time constants in {} steps; it needs a time of 0 or "
                    "more and a step",
                    time, steps));
  const Vector drive = problem.dictionary.correlations(signal);
  const LcaCompetition competition(problem.dictionary);
  const double h = time / steps;
  const auto slope = [&](const Vector& u) -> Vector {
    return drive - u + competition(problem.penalty.shrunk(u));
  };
  Vector u = Vector::Zero(problem.dictionary.size());
  for (std::uint32_t k = 0; k < steps; ++k) {
    const Vector first = slope(u);
    const Vector second = slope(u + h * first);
    u += 0.5 * h * (first + second);
  }
  return u;
}

}  // namespace retrograde
