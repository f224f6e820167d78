#include <chrono>
#include <cmath>
#include <fmt/format.h>
#include <limits>

#include <retrograde/engine/pursuit/fista.hpp>
#include <retrograde/engine/pursuit/support.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/pursuit/coding.hpp>

namespace retrograde {

namespace {

constexpr double optimal_gap = 1e-12;

FoundGroups found_groups(const Vector& truth, const Vector& code, const Groups& groups) {
  const std::vector<bool> should = active_groups(truth, groups), is = active_groups(code, groups);
  FoundGroups found;
  for (std::size_t g = 0; g < should.size(); ++g) {
    found.truly += should[g];
    found.found += should[g] && is[g];
    found.wrong += !should[g] && is[g];
  }
  return found;
}

void solve(const PursuitSpec& spec, const PursuitProblem& problem, Coding& coding) {
  const PursuitSolvers solvers(problem, spec.pursuit);
  const auto started = std::chrono::steady_clock::now();
  if (const EventLca* network = solvers.events()) {
    coding.events = network->run(coding.signal, nullptr, true);
    coding.code = coding.events->code;
  } else {
    const PursuitSolution solution = fista(problem, coding.signal, fista_options(spec.pursuit));
    coding.code = solution.code;
    coding.iterations = solution.iterations;
  }
  coding.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
}

}  // namespace

double psnr(const Vector& signal, const Vector& reconstruction) {
  const double mean = (signal - reconstruction).squaredNorm() / static_cast<double>(signal.size());
  const double range = signal.maxCoeff() - signal.minCoeff();
  if (range == 0.0) return std::numeric_limits<double>::quiet_NaN();
  return mean > 0.0 ? 10.0 * std::log10(range * range / mean)
                    : std::numeric_limits<double>::infinity();
}

Coding code_signal(const PursuitSpec& spec, const PursuitModel& model, Part part, std::size_t k) {
  const Signals& signals = model.signals.part(part);
  const PursuitProblem& problem = model.classifier.problem;
  const Groups& groups = problem.penalty.groups;
  if (k >= signals.size())
    throw UsageError(fmt::format("--trial {}: the {} part has {} signals, numbered from 0", k,
                                 name(part), signals.size()));
  Coding coding;
  coding.name = fmt::format("{} signal {}", name(part), k);
  coding.signal = signals.signal(k);
  if (signals.codes.size() > 0) coding.truth = signals.codes.col(static_cast<Eigen::Index>(k));
  solve(spec, problem, coding);
  coding.reconstruction = problem.dictionary.signal(coding.code);
  coding.objective = objective(problem, coding.signal, coding.code);
  coding.kkt = kkt_residual(problem, coding.signal, coding.code);
  coding.optimum = fista(problem, coding.signal, {.tolerance = optimal_gap}, coding.code).objective;
  coding.coefficients = (coding.code.array() != 0.0).count();
  for (const bool active : active_groups(coding.code, groups)) coding.groups += active;
  coding.psnr = psnr(coding.signal, coding.reconstruction);
  if (coding.truth.size() > 0) coding.support = found_groups(coding.truth, coding.code, groups);
  if (!signals.labels.empty()) {
    coding.label = signals.labels[k];
    coding.name += fmt::format(" (label {})", *coding.label);
  }
  if (!model.classifier.decides()) return coding;
  coding.decided = decision(model.classifier, coding.code);
  if (coding.label) coding.margin = code_margin(model.classifier, coding.code, *coding.label).value;
  return coding;
}

}  // namespace retrograde
