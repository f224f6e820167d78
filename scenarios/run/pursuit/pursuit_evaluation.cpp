#include <algorithm>
#include <cmath>
#include <mutex>
#include <vector>

#include <retrograde/engine/parallel.hpp>
#include <retrograde/engine/pursuit/fista.hpp>
#include <retrograde/engine/pursuit/support.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/pursuit/coding.hpp>
#include <retrograde/scenarios/run/pursuit/pursuit_evaluation.hpp>

namespace retrograde {

namespace {

constexpr std::uint32_t iterations = 400;
constexpr Eigen::Index signals_a_task = 64;

// Of one signal, or the sum of many.
struct Sums {
  double groups = 0.0, atoms = 0.0, psnr = 0.0, with_psnr = 0.0, objective = 0.0, kkt = 0.0;
  std::uint64_t right = 0;

  void add(const Sums& other) {
    groups += other.groups;
    atoms += other.atoms;
    psnr += other.psnr;
    with_psnr += other.with_psnr;
    objective += other.objective;
    kkt += other.kkt;
    right += other.right;
  }
};

Sums sums_of(const PursuitProblem& problem, const Vector& signal, const Vector& code) {
  Sums sums;
  for (const bool active : active_groups(code, problem.penalty.groups)) sums.groups += active;
  sums.atoms = static_cast<double>((code.array() != 0.0).count());
  const double quality = psnr(signal, problem.dictionary.signal(code));
  if (std::isfinite(quality)) {
    sums.psnr = quality;
    sums.with_psnr = 1.0;
  }
  sums.objective = objective(problem, signal, code);
  sums.kkt = kkt_residual(problem, signal, code);
  return sums;
}

}  // namespace

PursuitEvaluation evaluate_pursuit(const PursuitModel& model,
                                   const std::function<void(double)>& progress) {
  const PursuitClassifier& classifier = model.classifier;
  PursuitEvaluation result;
  result.part = model.signals.judged();
  const Signals& signals = model.signals.part(result.part);
  const auto size = static_cast<Eigen::Index>(signals.size());
  const auto tasks = static_cast<std::size_t>((size + signals_a_task - 1) / signals_a_task);
  std::vector<Sums> parts(tasks);
  std::mutex telling;
  std::size_t done = 0;
  const auto tell = [&] {
    const std::lock_guard lock(telling);
    if (progress) progress(static_cast<double>(++done) / static_cast<double>(tasks));
  };
  for_each_trial(tasks, [&](std::size_t t) {
    if (interrupted()) throw Interrupted("stopped in the evaluation");
    const Eigen::Index begin = static_cast<Eigen::Index>(t) * signals_a_task;
    const Matrix own = signals.signals.middleCols(begin, std::min(signals_a_task, size - begin));
    const Matrix codes = fista_codes(classifier.problem, own, iterations);
    for (Eigen::Index j = 0; j < own.cols(); ++j) {
      parts[t].add(sums_of(classifier.problem, own.col(j), codes.col(j)));
      if (classifier.decides() &&
          decision(classifier, codes.col(j)) == signals.labels[static_cast<std::size_t>(begin + j)])
        ++parts[t].right;
    }
    tell();
  });
  Sums all;
  for (const Sums& each : parts) all.add(each);
  const double count = std::max(1.0, static_cast<double>(size));
  const Groups& groups = classifier.problem.penalty.groups;
  if (classifier.decides()) result.right = Share{all.right, static_cast<std::uint64_t>(size)};
  result.active_groups = all.groups / count / static_cast<double>(groups.count());
  result.active_atoms = all.atoms / count / static_cast<double>(groups.coefficients());
  result.psnr = all.psnr / all.with_psnr;
  result.objective = all.objective / count;
  result.kkt = all.kkt / count;
  result.alike = coherence(classifier.problem.dictionary.dense(), groups);
  return result;
}

}  // namespace retrograde
