#include <cmath>
#include <fmt/format.h>
#include <map>
#include <mutex>

#include <retrograde/engine/parallel.hpp>
#include <retrograde/engine/pursuit/fista.hpp>
#include <retrograde/engine/pursuit/group_codes.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/fingerprint.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/pursuit/approximator.hpp>

namespace retrograde {

namespace {

constexpr std::uint64_t seed_of_networks = 1;
constexpr std::size_t stretch = 256;  // signals between two calls of progress

struct Lessons {
  Matrix signals, norms;  // a column each
};

// Those of drawn codes, whatever a classifier says of them, or the first of the training part.
Matrix signals_to_learn(const PursuitSpec& spec, const PursuitModel& model) {
  const auto wanted = static_cast<Eigen::Index>(spec.approximator->signals);
  const auto* data = std::get_if<GroupCodesData>(&spec.data);
  if (!data)
    return model.signals.train.signals.leftCols(
        std::min(wanted, model.signals.train.signals.cols()));
  const GroupCodesSpec drawn{.samples = wanted,
                             .active = static_cast<Eigen::Index>(data->active),
                             .lowest = data->lowest,
                             .highest = data->highest,
                             .seed = Random(spec.dictionary.seed, "approximator").bits()};
  const PursuitProblem& problem = model.classifier.problem;
  return group_codes(problem.dictionary, problem.penalty.groups, drawn).signals;
}

// With the norms of the groups that the pursuit finds.
Lessons lessons(const PursuitSpec& spec, const PursuitModel& model,
                const EvaluationProgress& progress) {
  const PursuitProblem& problem = model.classifier.problem;
  Lessons made;
  made.signals = signals_to_learn(spec, model);
  const auto count = static_cast<std::size_t>(made.signals.cols());
  made.norms.resize(problem.penalty.groups.count(), made.signals.cols());
  const PursuitSolvers solvers(problem, spec.pursuit);
  for (std::size_t begin = 0; begin < count; begin += stretch) {
    if (interrupted() || (progress && !progress(codes_to_approximate, begin, count)))
      throw Interrupted("stopped; nothing was written");
    for_each_trial(std::min(stretch, count - begin), [&](std::size_t k) {
      const auto at = static_cast<Eigen::Index>(begin + k);
      const Vector signal = made.signals.col(at);
      made.norms.col(at) = problem.penalty.groups.norms(solvers.warm()(signal));
    });
  }
  return made;
}

// Those of the paper; its deep one has seven layers, from 96 to as many as there are groups.
Approximator untrained(ApproximatorKind kind, Eigen::Index dimension, Eigen::Index groups) {
  if (kind == ApproximatorKind::linear_transformer)
    return Approximator::linear_transformer(dimension, groups, seed_of_networks);
  if (kind == ApproximatorKind::dense)
    return Approximator::dense(dimension, {groups}, seed_of_networks);
  const double first = 0.96 * static_cast<double>(dimension);
  std::vector<Eigen::Index> widths;
  widths.reserve(7);
  for (int k = 0; k < 7; ++k)
    widths.push_back(static_cast<Eigen::Index>(
        std::lround(first + (static_cast<double>(groups) - first) * k / 6.0)));
  return Approximator::dense(dimension, widths, seed_of_networks);
}

std::shared_ptr<const Approximator> trained(const PursuitSpec& spec, const PursuitModel& model,
                                            const EvaluationProgress& progress) {
  const Lessons from = lessons(spec, model, progress);
  Approximator network = untrained(spec.approximator->kind, from.signals.rows(), from.norms.rows());
  ApproximatorTraining training;
  training.epochs = spec.approximator->epochs;
  training.progress = [&](std::uint32_t epoch, double) {
    return !interrupted() &&
           (!progress || progress("epochs of the approximator", epoch, training.epochs));
  };
  network.train(from.signals, from.norms, training);
  return std::make_shared<const Approximator>(std::move(network));
}

// A fingerprint of all that they follow from.
std::uint64_t learned_from(const PursuitSpec& spec, const PursuitModel& model) {
  Fingerprint print;
  const Matrix atoms = model.classifier.problem.dictionary.dense();
  print.add(static_cast<std::uint64_t>(atoms.rows()));
  print.add(std::span(atoms.data(), static_cast<std::size_t>(atoms.size())));
  const Penalty& penalty = model.classifier.problem.penalty;
  for (Eigen::Index g = 0; g < penalty.groups.count(); ++g) {
    print.add(static_cast<std::uint64_t>(penalty.groups.size(g)));
    print.add(penalty.l1(g));
    print.add(penalty.l2(g));
  }
  print.add(std::uint64_t{penalty.non_negative});
  const SolverSpec& by = spec.pursuit;
  print.add(static_cast<std::uint64_t>(by.solver));
  for (const double value : {by.tolerance, by.theta, by.tau, by.delay}) print.add(value);
  if (const auto* data = std::get_if<GroupCodesData>(&spec.data)) {
    print.add(std::uint64_t{data->active});
    print.add(data->lowest);
    print.add(data->highest);
  } else {
    print.add(identity_of(model.signals));
  }
  print.add(spec.dictionary.seed);
  print.add(static_cast<std::uint64_t>(spec.approximator->kind));
  print.add(std::uint64_t{spec.approximator->signals});
  print.add(std::uint64_t{spec.approximator->epochs});
  return print.value();
}

}  // namespace

std::string_view name(ApproximatorKind kind) {
  switch (kind) {
    case ApproximatorKind::linear_transformer:
      return "linear transformer";
    case ApproximatorKind::dense:
      return "dense";
    case ApproximatorKind::dense_deep:
      break;
  }
  return "dense deep";
}

std::shared_ptr<const Approximator> make_approximator(const PursuitSpec& spec,
                                                      const PursuitModel& model,
                                                      const EvaluationProgress& progress) {
  // Runs of a study share it: a classifier has no part in it.
  static std::mutex mutex;
  static std::map<std::uint64_t, std::shared_ptr<const Approximator>> made;
  const std::lock_guard lock(mutex);
  std::shared_ptr<const Approximator>& network = made[learned_from(spec, model)];
  if (!network) network = trained(spec, model, progress);
  return network;
}

Matrix approximated_codes(const Approximator& network, const Matrix& signals,
                          const Groups& groups) {
  const Matrix norms = network.codes(signals);
  Matrix codes = Matrix::Zero(groups.coefficients(), norms.cols());
  for (Eigen::Index k = 0; k < norms.cols(); ++k)
    for (Eigen::Index g = 0; g < groups.count(); ++g) codes(groups.begin(g), k) = norms(g, k);
  return codes;
}

double approximated_accuracy(const PursuitClassifier& classifier, const Approximator& network,
                             const LabelledSignals& signals) {
  const Matrix codes =
      approximated_codes(network, signals.signals, classifier.problem.penalty.groups);
  std::size_t right = 0;
  for (std::size_t k = 0; k < signals.size(); ++k)
    right += decision(classifier, codes.col(static_cast<Eigen::Index>(k))) == signals.labels[k];
  return static_cast<double>(right) / static_cast<double>(signals.size());
}

}  // namespace retrograde
