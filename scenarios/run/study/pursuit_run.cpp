#include <algorithm>
#include <chrono>
#include <cmath>
#include <fmt/format.h>
#include <utility>

#include <retrograde/adjoint/pursuit/learned_atoms.hpp>
#include <retrograde/engine/parallel.hpp>
#include <retrograde/engine/pursuit/support.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/pursuit/approximator.hpp>
#include <retrograde/scenarios/run/pursuit/pursuit_attack.hpp>
#include <retrograde/scenarios/run/pursuit/pursuit_training.hpp>
#include <retrograde/scenarios/run/study/pursuit_run.hpp>

namespace retrograde {

namespace {

// Of FISTA, which leave nothing to speak of.
constexpr std::uint32_t iterations_of_test = 400;

// The codes of the signals that are attacked, without an attack, a column each.
Matrix codes_of(const PursuitSpec& spec, const PursuitModel& model, const Signals& signals,
                std::size_t count) {
  const PursuitSolvers solvers(model.classifier.problem, spec.pursuit);
  Matrix codes(model.classifier.problem.dictionary.size(), static_cast<Eigen::Index>(count));
  for_each_trial(count, [&](std::size_t k) {
    codes.col(static_cast<Eigen::Index>(k)) = solvers.warm()(signals.signal(k));
  });
  return codes;
}

void add_support(const PursuitSpec& spec, const PursuitModel& model, StudyRobustness& r) {
  const Signals& signals = model.signals.part(model.signals.judged());
  if (signals.codes.size() == 0) return;
  const auto count = static_cast<std::size_t>(r.count);
  const SupportStatistics found = support_statistics(
      signals.codes.leftCols(static_cast<Eigen::Index>(count)),
      spec.approximator
          ? approximated_codes(*make_approximator(spec, model),
                               signals.signals.leftCols(static_cast<Eigen::Index>(count)),
                               model.classifier.problem.penalty.groups)
          : codes_of(spec, model, signals, count),
      model.classifier.problem.penalty.groups);
  r.silent = found.silent;
  r.group_accuracy = found.accuracy;
  r.exact_support = found.exact;
}

// Trains and takes the values of the best epoch; false when it was stopped.
bool learn(const Scenario& scenario, PursuitModel& model, const RunFolder& folder,
           const std::function<bool(double)>& on_progress, StudyResult& result) {
  PursuitSession session;
  session.on_batch = [&](double epochs) {
    return on_progress(epochs / scenario.pursuit->train->epochs);
  };
  session.progress = [&](const PursuitCheckpoint& checkpoint) {
    return session.on_batch(checkpoint.course.epoch);
  };
  PursuitTrained trained = train_in_folder(scenario, model, folder, session);
  if (!trained.finished) return false;
  const PursuitCourse& course = trained.checkpoint.course;
  result.epochs = course.epoch;
  result.best_epoch = best_epoch(course);
  for (const PursuitEpoch& each : course.epochs)
    if (each.epoch + 1 == result.best_epoch) {
      result.train_accuracy = each.training_accuracy;
      result.train_loss = each.loss;
      result.validation_accuracy = each.validation_accuracy;
    }
  model.classifier = course.best;
  result.parameters =
      static_cast<std::uint64_t>(model.classifier.weights.size() + model.classifier.bias.size() +
                                 (scenario.pursuit->dictionary.learned
                                      ? learned_atoms(model.classifier.problem.dictionary).size()
                                      : 0));
  return true;
}

}  // namespace

void require_attackable(const Scenario& scenario) {
  if (!scenario.pursuit->classifier)
    throw UsageError(fmt::format("{} decides nothing that a study could compare; add [classifier]",
                                 scenario.file));
}

double pursuit_work(const PursuitSpec& spec) {
  const double attack = spec.attack.trials *
                        static_cast<double>(spec.attack.attack.epsilons.size()) *
                        (spec.attack.attack.restarts + 1.0) * (spec.attack.attack.steps + 1.0);
  return attack + (spec.train ? 1e4 * spec.train->epochs : 0.0);
}

void describe_pursuit(const Scenario& scenario, const std::string& data_path, Study& study) {
  const SignalSet signals = load_signals(scenario, data_path);
  study.labelled = true;
  study.has_validation = scenario.pursuit->learns() && signals.validation.size() > 0;
  study.part = name(signals.judged());
  study.trials = scenario.pursuit->attack.trials;
  if (const auto* made = std::get_if<GroupCodesData>(&scenario.pursuit->data)) {
    study.part = name(Part::test);
    study.trials = std::min<std::size_t>(study.trials, made->samples);
  } else {
    study.trials = std::min(study.trials, signals.part(signals.judged()).size());
  }
  study.most_trials = study.trials;
}

std::optional<StudyResult> complete_pursuit(const Scenario& scenario, const RunFolder& folder,
                                            const std::string& data_path,
                                            const std::function<bool(double)>& on_progress) {
  const auto started = std::chrono::steady_clock::now();
  const PursuitSpec& spec = *scenario.pursuit;
  PursuitModel model = make_pursuit(scenario, data_path);
  StudyResult result;
  // Of learning and attack the former takes nearly all of the time, where there is any; a network that
  // approximates learns after the attack, first from the pursuit and then by itself.
  const double learning = !spec.train ? 0.0 : spec.approximator ? 0.6 : 0.9;
  const double attack_ends = spec.approximator ? 0.5 * (1.0 + learning) : 1.0;
  if (spec.train && !learn(
                        scenario, model, folder,
                        [&](double done) { return on_progress(learning * done); }, result))
    return std::nullopt;
  PursuitAttackOptions options;
  options.spec = spec.attack;
  options.weaker = options.transfer = false;
  const Robustness attacked = attack_pursuit(
      spec, model, options, [&](std::string_view what, std::size_t done, std::size_t of) {
        double share = static_cast<double>(done) / static_cast<double>(of);
        if (what == "attack") {
          share = std::lerp(learning, attack_ends, share);
        } else {
          share = what == codes_to_approximate ? 0.2 * share : std::lerp(0.2, 1.0, share);
          share = std::lerp(attack_ends, 1.0, share);
        }
        return on_progress(share) && !interrupted();
      });
  StudyRobustness robustness;
  robustness.count = attacked.count;
  for (const AttackRadius& radius : attacked.curves.front().radii) {
    robustness.epsilons.push_back(radius.epsilon);
    robustness.accuracy.push_back(radius.right.value());
    robustness.vanished = radius.vanished.value();
  }
  const Signals& judged = model.signals.part(model.signals.judged());
  if (!spec.train)
    result.test_accuracy = robustness.accuracy.front();
  else if (spec.approximator)
    result.test_accuracy =
        approximated_accuracy(model.classifier, *make_approximator(spec, model), judged);
  else
    result.test_accuracy = pursuit_accuracy(model.classifier, judged, iterations_of_test);
  add_support(spec, model, robustness);
  result.attacked = std::move(robustness);
  result.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return result;
}

}  // namespace retrograde
