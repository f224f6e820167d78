#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>

#include <retrograde/adjoint/adam_step.hpp>
#include <retrograde/adjoint/pursuit/learned_atoms.hpp>
#include <retrograde/adjoint/pursuit/training.hpp>
#include <retrograde/engine/parallel.hpp>
#include <retrograde/engine/pursuit/fista.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>

namespace retrograde {

namespace {

// Signals whose codes a task takes at once.
constexpr Eigen::Index signals_a_task = 64;
// Of its first value, that a learned weight of the penalty keeps.
constexpr double least_share = 1e-3;

void require(const PursuitClassifier& classifier, const LabelledSignals& data, const char* part) {
  if (data.size() == 0 || data.signals.cols() != static_cast<Eigen::Index>(data.size()))
    throw UsageError(fmt::format("the {} part has {} signals and {} labels", part,
                                 data.signals.cols(), data.size()));
  if (data.signals.rows() != classifier.problem.dictionary.dimension())
    throw UsageError(fmt::format("signals of {} values for a dictionary of {} dimensions",
                                 data.signals.rows(), classifier.problem.dictionary.dimension()));
  for (std::size_t j = 0; j < data.size(); ++j)
    if (data.labels[j] >= classifier.classes())
      throw UsageError(fmt::format("signal {} of the {} part has label {}, of {} classes from 0", j,
                                   part, data.labels[j], classifier.classes()));
}

void require(const PursuitTraining& training) {
  if (training.epochs < 1 || training.batch < 1 || training.pursuit.iterations < 1)
    throw UsageError("a training needs at least 1 epoch, signal per batch and iteration");
  if (training.unsupervised > 0 && !(training.loss.reconstruction > 0.0))
    throw UsageError(
        "epochs without classification learn from the reconstruction alone; give it a "
        "weight above 0");
  for (const double value :
       {training.warm_up, training.dictionary_rate, training.classifier_rate, training.penalty_rate,
        training.pursuit.damping, training.loss.reconstruction, training.loss.classification,
        training.loss.coherence, training.loss.gap})
    if (!(value >= 0.0) || !std::isfinite(value))
      throw UsageError(fmt::format(
          "rates, weights of the loss, damping and warm-up have to be 0 or more, not {}", value));
}

// Steps of Adam for everything, and back to where values may be.
class Stepper {
 public:
  Stepper(PursuitCourse& course, const RateFactors& factors)
      : course_(course),
        factor_(factors.of(RateClass::weight)),
        adam_(factors.momentum_of(ParameterKind::weight).value_or(0.9), 0.999, 1e-8,
              static_cast<double>(++course.steps)) {}

  template <class Values>
  void step(Values& values, const Values& gradient, Values PursuitMoments::*moment, double rate) {
    Values &m = course_.first.*moment, &v = course_.second.*moment;
    for (Eigen::Index k = 0; k < values.size(); ++k)
      values.data()[k] -= adam_(factor_ * rate, gradient.data()[k], m.data()[k], v.data()[k]);
  }

 private:
  PursuitCourse& course_;
  double factor_;
  AdamStep adam_;
};

// A dictionary within an epoch. The bound of a convolution costs next to nothing.
Dictionary stepped(const Dictionary& before, Matrix atoms) {
  if (before.convolution()) return with_atoms(before, std::move(atoms));
  const double eigenvalue = eigenvalue_estimate(gram_of(atoms));
  return with_atoms(before, std::move(atoms), eigenvalue);
}

void step(PursuitCourse& course, const PursuitTraining& training, const PursuitBatch& batch,
          double warmth, const RateFactors& factors) {
  Stepper stepper(course, factors);
  PursuitClassifier& now = course.now;
  Matrix atoms = learned_atoms(now.problem.dictionary);
  stepper.step(atoms, batch.dictionary, &PursuitMoments::dictionary, training.dictionary_rate);
  now.problem.dictionary = stepped(now.problem.dictionary, normalised(std::move(atoms)));
  stepper.step(now.weights, batch.weights, &PursuitMoments::weights, training.classifier_rate);
  stepper.step(now.bias, batch.bias, &PursuitMoments::bias, training.classifier_rate);
  if (training.penalty_rate == 0.0) return;
  // Weights that are not used stay so, and those that are stay in use.
  Penalty& penalty = now.problem.penalty;
  const auto learn = [&](Vector Penalty::*kind, const Vector& gradient,
                         Vector PursuitMoments::*moment) {
    Vector& weights = penalty.*kind;
    const Vector& first = course.first_penalty.*kind;
    const Vector used = (first.array() > 0.0).cast<double>();
    stepper.step(weights, Vector(warmth * used.cwiseProduct(gradient)), moment,
                 training.penalty_rate);
    weights = weights.cwiseProduct(used).cwiseMax(least_share * first);
  };
  learn(&Penalty::l1, batch.l1, &PursuitMoments::l1);
  learn(&Penalty::l2, batch.l2, &PursuitMoments::l2);
}

// The signals of a batch, in order.
void gather(const LabelledSignals& data, std::span<const std::uint32_t> chosen, Matrix& signals,
            std::vector<std::uint32_t>& labels) {
  signals.resize(data.signals.rows(), static_cast<Eigen::Index>(chosen.size()));
  labels.resize(chosen.size());
  for (std::size_t j = 0; j < chosen.size(); ++j) {
    signals.col(static_cast<Eigen::Index>(j)) = data.signals.col(chosen[j]);
    labels[j] = data.labels[chosen[j]];
  }
}

void add(PursuitEpoch& epoch, const PursuitBatch& batch, double share) {
  epoch.loss += share * batch.loss;
  epoch.reconstruction += share * batch.reconstruction;
  epoch.cross_entropy += share * batch.cross_entropy;
  epoch.coherence += share * batch.coherence;
  epoch.gap += share * batch.gap;
  epoch.kkt += share * batch.kkt;
  epoch.active += share * batch.active;
  epoch.training_accuracy += static_cast<double>(batch.right);
}

// The batches of an epoch that are left; false: stopped before the last.
bool train_epoch(PursuitCourse& course, const PursuitTraining& training,
                 const LabelledSignals& data, const PursuitWatch& watch) {
  if (course.batch == 0) course.running = {.epoch = course.epoch};
  std::vector<std::uint32_t> order(data.size());
  std::iota(order.begin(), order.end(), 0U);
  Random(training.seed, "pursuit/shuffle", course.epoch).shuffle(order);
  const auto batches =
      static_cast<std::uint32_t>((data.size() + training.batch - 1) / training.batch);
  Schedules schedules = training.schedules;
  schedules.epochs = training.epochs;
  PursuitLoss loss = training.loss;
  if (course.epoch < training.unsupervised) loss.classification = 0.0;
  Matrix signals;
  std::vector<std::uint32_t> labels;
  while (course.batch < batches) {
    const std::size_t b = course.batch, begin = b * training.batch;
    const auto chosen = std::span(order).subspan(
        begin, std::min<std::size_t>(training.batch, order.size() - begin));
    gather(data, chosen, signals, labels);
    const double behind = course.epoch + static_cast<double>(b + 1) / static_cast<double>(batches);
    const double warmth = behind < training.warm_up ? behind / training.warm_up : 1.0;
    PursuitClassifier warming = course.now;
    warming.problem.penalty.l1 *= warmth;
    warming.problem.penalty.l2 *= warmth;
    const PursuitBatch batch = pursuit_batch(warming, gram_of(warming.problem.dictionary), signals,
                                             labels, loss, training.pursuit);
    add(course.running, batch,
        static_cast<double>(chosen.size()) / static_cast<double>(data.size()));
    step(course, training, batch, warmth,
         rate_factors(schedules, course.schedules, {course.epoch, b, batches}));
    if (++course.batch < batches && watch.batch && !watch.batch(course.batch, batches))
      return false;
  }
  return true;
}

// What has been summed over the batches becomes an epoch, judged by the validation part.
void end_epoch(PursuitCourse& course, const PursuitTraining& training, std::size_t signals,
               const LabelledSignals& validation) {
  PursuitEpoch epoch = course.running;
  epoch.training_accuracy /= static_cast<double>(signals);
  // What is judged, kept and written down has the eigenvalue itself, not the estimate of its steps.
  Dictionary& d = course.now.problem.dictionary;
  d = with_atoms(d, learned_atoms(d));
  epoch.validation_accuracy = pursuit_accuracy(course.now, validation, training.pursuit.iterations);
  // The first epoch that counts; those up to it replace each other.
  const double first = std::fmax(training.unsupervised, std::ceil(training.warm_up));
  epoch.best = course.epoch <= first || epoch.validation_accuracy > course.best_accuracy();
  if (epoch.best) course.best = course.now;
  Schedules schedules = training.schedules;
  schedules.epochs = training.epochs;
  watch(schedules, course.schedules, course.epoch, epoch.validation_accuracy);
  course.epochs.push_back(epoch);
  ++course.epoch;
  course.batch = 0;
}

// After the best one; 0: none yet.
std::uint32_t epoch_after_best(const PursuitCourse& course) {
  std::uint32_t after = 0;
  for (const PursuitEpoch& e : course.epochs)
    if (e.best) after = e.epoch + 1;
  return after;
}

}  // namespace

double PursuitCourse::best_accuracy() const {
  double accuracy = 0.0;
  for (const PursuitEpoch& e : epochs)
    if (e.best) accuracy = e.validation_accuracy;
  return accuracy;
}

Matrix atoms_from(const Matrix& signals, Eigen::Index count, double noise, std::uint64_t seed) {
  if (signals.cols() < 1 || signals.rows() < 1)
    throw UsageError("atoms are made of signals, and there is none");
  const Vector mean = signals.rowwise().mean();
  Random random(seed, "pursuit/atoms");
  const double scale = noise / std::sqrt(static_cast<double>(signals.rows()));
  Matrix atoms(signals.rows(), count);
  for (Eigen::Index k = 0; k < count; ++k) {
    const auto chosen =
        static_cast<Eigen::Index>(random.index(static_cast<std::uint64_t>(signals.cols())));
    Vector atom = signals.col(chosen) - mean;
    if (atom.norm() > 0.0) atom /= atom.norm();
    for (Eigen::Index i = 0; i < atom.size(); ++i) atom(i) += scale * random.normal();
    atoms.col(k) = atom;
  }
  return normalised(std::move(atoms));
}

double eigenvalue_estimate(const Matrix& gram) {
  Vector v = Vector::LinSpaced(gram.rows(), 1.0, 2.0);
  // Signs that a dictionary of one sign does not make orthogonal to its first eigenvector.
  for (Eigen::Index i = 0; i < v.size(); i += 3) v(i) = -0.5 * v(i);
  double largest = gram.diagonal().maxCoeff();
  for (int k = 0; k < 60; ++k) {
    v /= v.norm();
    const Vector next = gram * v;
    largest = std::fmax(largest, v.dot(next));
    if (next.norm() == 0.0) break;
    v = next;
  }
  return 1.05 * largest;
}

PursuitCourse pursuit_course(PursuitClassifier classifier) {
  check(classifier);
  Dictionary& d = classifier.problem.dictionary;
  const Matrix atoms = normalised(learned_atoms(d));
  d = with_atoms(d, atoms);
  const auto zeros = [&] {
    const Eigen::Index groups = classifier.problem.penalty.groups.count();
    return PursuitMoments{Matrix::Zero(atoms.rows(), atoms.cols()),
                          Matrix::Zero(classifier.weights.rows(), classifier.weights.cols()),
                          Vector::Zero(classifier.bias.size()), Vector::Zero(groups),
                          Vector::Zero(groups)};
  };
  PursuitMoments first = zeros(), second = zeros();
  const Penalty penalty = classifier.problem.penalty;
  return {.now = classifier,
          .best = classifier,
          .first_penalty = penalty,
          .first = std::move(first),
          .second = std::move(second),
          .running = {},
          .schedules = {},
          .epochs = {}};
}

void train_pursuit(PursuitCourse& course, const PursuitTraining& training,
                   const LabelledSignals& data, const LabelledSignals& validation,
                   const PursuitWatch& watch) {
  require(training);
  require(course.now, data, "training");
  require(course.now, validation, "validation");
  while (course.epoch < training.epochs) {
    if (training.patience > 0 && course.epoch >= epoch_after_best(course) + training.patience)
      break;
    if (!train_epoch(course, training, data, watch)) break;
    end_epoch(course, training, data.size(), validation);
    if (watch.epoch && !watch.epoch(course.epochs.back())) break;
  }
}

double pursuit_accuracy(const PursuitClassifier& classifier, const LabelledSignals& data,
                        std::uint32_t iterations) {
  check(classifier);
  require(classifier, data, "evaluated");
  const Dictionary& d = classifier.problem.dictionary;
  const Matrix gram = gram_of(d);
  const Eigen::Index size = data.signals.cols();
  const auto tasks = static_cast<std::size_t>((size + signals_a_task - 1) / signals_a_task);
  std::vector<std::uint64_t> right(tasks, 0);
  for_each_trial(tasks, [&](std::size_t t) {
    const Eigen::Index begin = static_cast<Eigen::Index>(t) * signals_a_task;
    const Matrix own = data.signals.middleCols(begin, std::min(signals_a_task, size - begin));
    const Matrix codes = fista_codes(gram, classifier.problem.penalty, 1.0 / d.largest_eigenvalue(),
                                     d.correlations_of(own), iterations);
    for (Eigen::Index j = 0; j < codes.cols(); ++j)
      if (decision(classifier, codes.col(j)) == data.labels[static_cast<std::size_t>(begin + j)])
        ++right[t];
  });
  return static_cast<double>(std::accumulate(right.begin(), right.end(), std::uint64_t{0})) /
         static_cast<double>(data.size());
}

}  // namespace retrograde
