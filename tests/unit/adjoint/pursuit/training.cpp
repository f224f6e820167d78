// Training through the pursuit: a first step of Adam by hand, warm-up as weights that are smaller,
// stopping and going on bit for bit, threads, and a task whose answer is known.
#include <Eigen/Eigenvalues>
#include <catch2/catch.hpp>
#include <cmath>
#include <tbb/global_control.h>

#include <retrograde/adjoint/pursuit/training.hpp>
#include <retrograde/engine/pursuit/convolution.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>

#include "small_problem.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

// Three classes of signals, each in a subspace of 2 of 12 dimensions, with a little noise.
LabelledSignals subspaces(Eigen::Index size, std::uint64_t seed) {
  const Matrix planes = normal_matrix(12, 6, 61), noise = normal_matrix(12, size, seed + 1);
  const Matrix inside = normal_matrix(2, size, seed);
  LabelledSignals data{0.05 * noise, {}};
  data.labels.reserve(static_cast<std::size_t>(size));
  for (Eigen::Index j = 0; j < size; ++j) {
    data.labels.push_back(static_cast<std::uint32_t>(j % 3));
    data.signals.col(j) += planes.middleCols(2 * (j % 3), 2) * inside.col(j);
  }
  return data;
}

PursuitClassifier untrained(double l1 = 0.0, double l2 = 0.3) {
  return {small_problem(l1, l2), CodeFeatures::norms, Matrix::Zero(3, 6), Vector::Zero(3)};
}

PursuitTraining settings() {
  PursuitTraining t;
  t.epochs = 4;
  t.batch = 20;
  t.loss = {.reconstruction = 0.1, .classification = 1.0, .coherence = 0.001, .gap = 0.001};
  t.dictionary_rate = 1e-2;
  t.classifier_rate = 3e-2;
  t.penalty_rate = 1e-3;
  t.schedules.list.push_back({Cosine{}, {true, true, true}});
  return t;
}

void require_same(const PursuitClassifier& a, const PursuitClassifier& b) {
  REQUIRE(a.problem.dictionary.dense() == b.problem.dictionary.dense());
  REQUIRE(a.problem.penalty.l2 == b.problem.penalty.l2);
  REQUIRE(a.weights == b.weights);
  REQUIRE(a.bias == b.bias);
}

}  // namespace

TEST_CASE("The first step of a training through the pursuit is that of Adam, by hand") {
  // Corrected moments of a first gradient g are g and g^2, so that each value moves by the rate times
  // g / (|g| + 1e-8); then atoms are put to length 1. Half of the warm-up: weights are halved.
  PursuitClassifier classifier = untrained();
  classifier.weights = normal_matrix(3, 6, 71);
  const LabelledSignals data = subspaces(15, 81);
  PursuitTraining t = settings();
  t.epochs = 1;
  t.batch = 15;
  t.warm_up = 2.0;
  t.schedules.list.clear();
  PursuitCourse course = pursuit_course(classifier);
  // In the order that the seed says, which sums care about in their last bits alone.
  train_pursuit(course, t, data, data);

  PursuitClassifier warming = classifier;
  warming.problem.penalty.l2 *= 0.5;
  const PursuitBatch batch = pursuit_batch(warming, gram_of(warming.problem.dictionary.dense()),
                                           data.signals, data.labels, t.loss, t.pursuit);
  REQUIRE(course.epochs.at(0).loss == Approx(batch.loss).epsilon(1e-10));
  const auto moved = [](const auto& gradient, double rate) {
    return gradient.unaryExpr([rate](double g) { return rate * g / (std::fabs(g) + 1e-8); }).eval();
  };
  const Matrix atoms = normalised(classifier.problem.dictionary.dense() -
                                  moved(batch.dictionary, t.dictionary_rate));
  REQUIRE((course.now.problem.dictionary.dense() - atoms).cwiseAbs().maxCoeff() < 1e-6);
  const Matrix weights = classifier.weights - moved(batch.weights, t.classifier_rate);
  REQUIRE((course.now.weights - weights).cwiseAbs().maxCoeff() < 1e-6);
  const Vector l2 = classifier.problem.penalty.l2 - moved(batch.l2, t.penalty_rate);
  REQUIRE((course.now.problem.penalty.l2 - l2).cwiseAbs().maxCoeff() < 1e-6);
  REQUIRE(course.now.problem.penalty.l1.isZero(0.0));  // not used, not learned
}

TEST_CASE("Training through the pursuit learns which subspace a signal is of") {
  const LabelledSignals data = subspaces(300, 81), held_out = subspaces(150, 91);
  PursuitTraining t = settings();
  t.epochs = 15;
  PursuitCourse course = pursuit_course(untrained());
  // Zero weights decide for class 0: a third.
  REQUIRE(pursuit_accuracy(course.now, held_out, 50) == Approx(1.0 / 3.0));
  train_pursuit(course, t, data, held_out);
  REQUIRE(course.best_accuracy() >= 0.97);
  REQUIRE(course.epochs.back().loss < 0.5 * course.epochs.front().loss);
  for (Eigen::Index k = 0; k < 18; ++k)
    REQUIRE(course.now.problem.dictionary.dense().col(k).norm() == Approx(1.0).epsilon(1e-12));
  // What is kept is the first of the best epochs.
  REQUIRE(pursuit_accuracy(course.best, held_out, t.pursuit.iterations) == course.best_accuracy());
}

TEST_CASE("A convolution learns its kernels: those that tell images apart, stopped or not") {
  // Images of 8 x 8 with three bars along rows or along columns somewhere.
  LabelledSignals data{0.1 * normal_matrix(64, 120, 7), {}};
  Random random(3, "test/bars");
  for (Eigen::Index j = 0; j < 120; ++j) {
    data.labels.push_back(static_cast<std::uint32_t>(j % 2));
    for (int bar = 0; bar < 3; ++bar) {
      const auto y = static_cast<Eigen::Index>(random.index(6)),
                 x = static_cast<Eigen::Index>(random.index(6));
      for (Eigen::Index k = 0; k < 3; ++k)
        data.signals(j % 2 == 0 ? 8 * y + x + k : 8 * (y + k) + x, j) += 1.0;
    }
  }
  const LabelledSignals held_out{data.signals.rightCols(60),
                                 {data.labels.begin() + 60, data.labels.end()}};
  data.signals = Matrix(data.signals.leftCols(60));
  data.labels.resize(60);
  const ConvolutionShape shape{8, 8, 1, 3, 3, 1, 4};
  const Groups groups = position_groups(shape, 1);
  const PursuitClassifier untrained_kernels{
      {convolution(shape, normal_matrix(9, 4, 5)), Penalty::equal(groups, 0.2, 0.0)},
      CodeFeatures::norms,
      Matrix::Zero(2, groups.count()),
      Vector::Zero(2)};
  PursuitTraining t = settings();
  t.epochs = 8;
  t.loss = {.reconstruction = 0.1};
  PursuitCourse whole = pursuit_course(untrained_kernels), parts = whole;
  const Matrix first = kernels_of(whole.now.problem.dictionary);
  for (Eigen::Index k = 0; k < 4; ++k) REQUIRE(first.col(k).norm() == Approx(1.0));
  train_pursuit(whole, t, data, held_out);
  const Matrix kernels = kernels_of(whole.now.problem.dictionary);
  REQUIRE((kernels - first).norm() > 0.1);
  for (Eigen::Index k = 0; k < 4; ++k) REQUIRE(kernels.col(k).norm() == Approx(1.0));
  // All positions share them.
  REQUIRE(whole.now.problem.dictionary.dense() == convolution(shape, kernels).dense());
  REQUIRE(whole.epochs.back().loss < 0.6 * whole.epochs.front().loss);
  REQUIRE(whole.epochs.back().reconstruction < whole.epochs.front().reconstruction);

  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, 1);
  train_pursuit(parts, t, data, held_out,
                {.batch = [](std::uint32_t, std::uint32_t) { return false; }});
  REQUIRE(parts.batch == 1);
  train_pursuit(parts, t, data, held_out);
  require_same(whole.now, parts.now);
  require_same(whole.best, parts.best);
}

TEST_CASE("A training through the pursuit that was stopped goes on bit for bit, on any threads") {
  const LabelledSignals data = subspaces(90, 81), held_out = subspaces(30, 91);
  const PursuitTraining t = settings();
  PursuitCourse whole = pursuit_course(untrained()), parts = whole;
  train_pursuit(whole, t, data, held_out);
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, 1);
  // Three of each epoch's five batches, the last two, the next epoch.
  for (std::uint32_t calls = 0; parts.epoch < t.epochs; ++calls) {
    REQUIRE(calls < 2 * t.epochs);
    PursuitCourse copy = parts;
    train_pursuit(copy, t, data, held_out,
                  {.epoch = [](const PursuitEpoch&) { return false; },
                   .batch =
                       [](std::uint32_t done, std::uint32_t of) {
                         REQUIRE(of == 5);
                         return done != 3;
                       }});
    REQUIRE(copy.batch == (calls % 2 == 0 ? 3 : 0));
    REQUIRE(copy.epoch == (calls + 1) / 2);
    parts = copy;
  }
  require_same(whole.now, parts.now);
  require_same(whole.best, parts.best);
  REQUIRE(whole.steps == parts.steps);
  REQUIRE(whole.epochs.back().loss == parts.epochs.back().loss);
  // Another seed is another order.
  PursuitTraining other = t;
  other.seed = 2;
  PursuitCourse third = pursuit_course(untrained());
  train_pursuit(third, other, data, held_out);
  REQUIRE(third.now.weights != whole.now.weights);
}

TEST_CASE("Epochs without labels leave the classifier alone, and patience ends a training") {
  const LabelledSignals data = subspaces(60, 81), held_out = subspaces(30, 91);
  PursuitTraining t = settings();
  t.epochs = 12;
  t.patience = 3;
  t.classifier_rate = 0.0;
  // The accuracy stays the same, so that the first epoch that counts is the best: the one after those
  // without labels and of the warm-up. If there is none it is the last.
  struct Case {
    std::uint32_t unsupervised;
    double warm_up;
    std::size_t best, epochs;
  };
  for (const Case& c : {Case{5, 1.0, 5, 9}, {0, 3.5, 4, 8}, {0, 0.0, 0, 4}, {12, 1.0, 11, 12}}) {
    CAPTURE(c.unsupervised, c.warm_up);
    t.unsupervised = c.unsupervised;
    t.warm_up = c.warm_up;
    PursuitCourse course = pursuit_course(untrained());
    PursuitClassifier at_best = course.now;
    train_pursuit(course, t, data, held_out, {.epoch = [&](const PursuitEpoch& e) {
                    if (e.epoch == c.best) at_best = course.now;
                    return true;
                  }});
    REQUIRE(course.epochs.size() == c.epochs);
    REQUIRE(course.now.weights.isZero(0.0));
    REQUIRE(course.now.problem.dictionary.dense() != untrained().problem.dictionary.dense());
    for (std::size_t k = 0; k < c.epochs; ++k) REQUIRE(course.epochs[k].best == (k <= c.best));
    require_same(course.best, at_best);
  }
  // Epochs without labels leave the classifier alone whatever its rate.
  t = settings();
  t.unsupervised = t.epochs;
  PursuitCourse course = pursuit_course(untrained());
  train_pursuit(course, t, data, held_out);
  REQUIRE(course.now.weights.isZero(0.0));
}

TEST_CASE("An epoch of the warm-up is not kept, however right its decisions are") {
  // A classifier that has learned goes on with labels that are all wrong: its accuracy falls.
  LabelledSignals data = subspaces(60, 81);
  const LabelledSignals held_out = subspaces(60, 91);
  PursuitTraining t = settings();
  t.epochs = 6;
  PursuitCourse course = pursuit_course(untrained());
  train_pursuit(course, t, data, held_out);
  for (std::uint32_t& label : data.labels) label = (label + 1) % 3;
  course = pursuit_course(course.now);
  t.warm_up = 3.0;
  train_pursuit(course, t, data, held_out);
  double early = 0.0, best = 0.0;
  for (const PursuitEpoch& e : course.epochs) {
    double& most = e.epoch < 3 ? early : best;
    most = std::fmax(most, e.validation_accuracy);
  }
  REQUIRE(early > best);
  REQUIRE(course.best_accuracy() == best);
  REQUIRE(pursuit_accuracy(course.best, held_out, t.pursuit.iterations) == best);
}

TEST_CASE("Learned weights of the penalty stay at a thousandth of their first values or above") {
  // A rate at which each step could take all of a weight; without classification the reconstruction
  // alone asks for smaller ones.
  const LabelledSignals data = subspaces(60, 81);
  PursuitTraining t = settings();
  t.loss = {.reconstruction = 1.0, .classification = 0.0};
  t.penalty_rate = 0.3;
  PursuitClassifier classifier = untrained();
  classifier.problem.penalty.l2(4) = 0.0;
  PursuitCourse course = pursuit_course(classifier);
  train_pursuit(course, t, data, data);
  const Vector& l2 = course.now.problem.penalty.l2;
  REQUIRE(l2.minCoeff() == 0.0);
  REQUIRE(l2(4) == 0.0);  // not used, not learned
  for (const Eigen::Index g : {0, 1, 2, 3, 5}) REQUIRE(l2(g) == 0.3 * 1e-3);
}

TEST_CASE("The estimate of a largest eigenvalue lies a few per cent above it") {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const Matrix atoms = normalised(normal_matrix(12, 18, seed));
    const Matrix one_sign = normalised(normal_matrix(12, 18, seed).cwiseAbs());
    for (const Matrix& d : {atoms, one_sign}) {
      const double largest =
          Eigen::SelfAdjointEigenSolver<Matrix>(d.transpose() * d).eigenvalues()(17);
      const double estimate = eigenvalue_estimate(gram_of(d));
      REQUIRE(estimate >= largest);
      REQUIRE(estimate <= 1.0501 * largest);
    }
  }
}

TEST_CASE(
    "The estimate of a largest eigenvalue holds for 256 atoms, and an epoch ends with the value") {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const Matrix d = normalised(normal_matrix(256, 256, seed));
    const double largest =
        Eigen::SelfAdjointEigenSolver<Matrix>(d.transpose() * d, Eigen::EigenvaluesOnly)
            .eigenvalues()(255);
    const double estimate = eigenvalue_estimate(gram_of(d));
    REQUIRE(estimate >= largest);
    REQUIRE(estimate <= 1.0501 * largest);
  }
  const LabelledSignals data = subspaces(60, 81);
  PursuitCourse course = pursuit_course(untrained());
  train_pursuit(course, settings(), data, data);
  for (const PursuitClassifier* kept : {&course.now, &course.best}) {
    const Matrix d = kept->problem.dictionary.dense();
    const double largest =
        Eigen::SelfAdjointEigenSolver<Matrix>(d.transpose() * d).eigenvalues()(17);
    REQUIRE(kept->problem.dictionary.largest_eigenvalue() == Approx(largest).epsilon(1e-11));
  }
}

TEST_CASE("Trainings through the pursuit that cannot be meant are refused") {
  const LabelledSignals data = subspaces(30, 81);
  PursuitCourse course = pursuit_course(untrained());
  PursuitTraining t = settings();
  t.unsupervised = 1;
  t.loss.reconstruction = 0.0;
  REQUIRE_THROWS_WITH(train_pursuit(course, t, data, data), Contains("reconstruction"));
  t = settings();
  t.batch = 0;
  REQUIRE_THROWS_AS(train_pursuit(course, t, data, data), UsageError);
  t = settings();
  t.dictionary_rate = -1.0;
  REQUIRE_THROWS_WITH(train_pursuit(course, t, data, data), Contains("not -1"));
  LabelledSignals wrong = data;
  wrong.labels[7] = 3;
  REQUIRE_THROWS_WITH(train_pursuit(course, settings(), wrong, data),
                      Contains("signal 7 of the training part has label 3"));
  REQUIRE_THROWS_WITH(train_pursuit(course, settings(), data, {}), Contains("validation part"));
}
