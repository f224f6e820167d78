// The gradient of a batch's loss through the pursuit against central differences of everything that is
// learned, term by term; worked values of the terms; threads that leave the bits alone.
#include <catch2/catch.hpp>
#include <cmath>
#include <tbb/global_control.h>

#include <retrograde/adjoint/pursuit/batch_loss.hpp>
#include <retrograde/engine/pursuit/convolution.hpp>
#include <retrograde/events/error.hpp>

#include "small_problem.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

constexpr PursuitBatchOptions exact{.iterations = 3000, .damping = 0.0};
const std::vector<std::uint32_t> labels = {0, 2, 1, 1, 0};

PursuitClassifier classifier_of(CodeFeatures features, double l1, double l2) {
  return {small_problem(l1, l2), features,
          0.3 * normal_matrix(3, features == CodeFeatures::codes ? 18 : 6, 21),
          normal_signal(3, 22)};
}

PursuitBatch batch_of(const PursuitClassifier& classifier, const Matrix& signals,
                      const PursuitLoss& loss, const PursuitBatchOptions& options = exact) {
  return pursuit_batch(classifier, gram_of(classifier.problem.dictionary.dense()), signals, labels,
                       loss, options);
}

template <class Along>
double difference(const Along& value) {
  constexpr double h = 1e-4;
  return (8.0 * (value(h) - value(-h)) - (value(2.0 * h) - value(-2.0 * h))) / (12.0 * h);
}

void require_gradient(const PursuitClassifier& classifier, const PursuitLoss& loss) {
  const Matrix signals = normal_matrix(12, 5, 41);
  const PursuitBatch batch = batch_of(classifier, signals, loss);
  REQUIRE(batch.kkt < 1e-12);
  const auto moved = [&](const auto& change) {
    return difference([&](double h) {
      PursuitClassifier other = classifier;
      change(other, h);
      return batch_of(other, signals, loss).loss;
    });
  };
  for (const auto& [row, column] :
       {std::pair<Eigen::Index, Eigen::Index>{0, 0}, {3, 5}, {7, 11}, {11, 17}, {5, 8}, {2, 14}}) {
    const Eigen::Index i = row, j = column;
    const double expected = moved([&](PursuitClassifier& c, double h) {
      Matrix atoms = c.problem.dictionary.dense();
      atoms(i, j) += h;
      c.problem.dictionary = Dictionary(std::move(atoms));
    });
    REQUIRE(std::fabs(batch.dictionary(i, j) - expected) < 1e-7 * batch.dictionary.norm());
  }
  for (Eigen::Index k = 0; k < 3; ++k) {
    const double expected =
        moved([&](PursuitClassifier& c, double h) { c.weights(k, 2 * k) += h; });
    REQUIRE(std::fabs(batch.weights(k, 2 * k) - expected) < 1e-8);
    const double bias = moved([&](PursuitClassifier& c, double h) { c.bias(k) += h; });
    REQUIRE(std::fabs(batch.bias(k) - bias) < 1e-8);
  }
  for (Eigen::Index g = 0; g < 6; ++g) {
    if (classifier.problem.penalty.l1(g) > 0.0)
      REQUIRE(std::fabs(batch.l1(g) - moved([&](PursuitClassifier& c, double h) {
                          c.problem.penalty.l1(g) += h;
                        })) < 1e-7 * batch.l1.norm());
    if (classifier.problem.penalty.l2(g) > 0.0)
      REQUIRE(std::fabs(batch.l2(g) - moved([&](PursuitClassifier& c, double h) {
                          c.problem.penalty.l2(g) += h;
                        })) < 1e-7 * batch.l2.norm());
  }
}

}  // namespace

TEST_CASE("Each term of a batch's loss has the gradient of central differences") {
  for (const CodeFeatures features : {CodeFeatures::codes, CodeFeatures::norms})
    for (const auto& [l1, l2] : {std::pair{0.3, 0.0}, {0.0, 1.2}, {0.1, 0.8}}) {
      CAPTURE(l1, l2);
      const PursuitClassifier classifier = classifier_of(features, l1, l2);
      require_gradient(classifier, {.classification = 1.0});
      require_gradient(classifier, {.reconstruction = 0.7, .classification = 0.0});
      require_gradient(classifier,
                       {.reconstruction = 0.2, .classification = 1.5, .coherence = 0.1});
    }
  // Most groups of l1 are active, so that gaps are those of the other two.
  for (const auto& [l1, l2] : {std::pair{0.0, 1.2}, {0.1, 0.8}})
    require_gradient(classifier_of(CodeFeatures::norms, l1, l2),
                     {.reconstruction = 0.2, .classification = 1.0, .gap = 0.5});
}

TEST_CASE("Kernels of a convolution have the gradient of central differences") {
  // 5 x 6 images with kernels of 3 x 4 at 3 x 3 places, the two of a place a group.
  const ConvolutionShape shape{5, 6, 1, 3, 4, 1, 2};
  const Matrix signals = normal_matrix(30, 5, 41);
  for (const auto& [l1, l2] : {std::pair{0.3, 0.0}, {0.0, 0.9}}) {
    CAPTURE(l1, l2);
    PursuitClassifier classifier{{convolution(shape, normalised(normal_matrix(12, 2, 51))),
                                  Penalty::equal(position_groups(shape), l1, l2)},
                                 CodeFeatures::norms,
                                 0.3 * normal_matrix(3, 9, 21),
                                 normal_signal(3, 22)};
    const PursuitLoss loss{.reconstruction = 0.2, .classification = 1.5, .coherence = 0.1};
    const auto value = [&](const PursuitClassifier& c) {
      return pursuit_batch(c, gram_of(c.problem.dictionary), signals, labels, loss, exact);
    };
    const PursuitBatch batch = value(classifier);
    REQUIRE(batch.kkt < 1e-12);
    REQUIRE(batch.dictionary.rows() == 12);
    REQUIRE(batch.dictionary.cols() == 2);
    const Matrix kernels = kernels_of(classifier.problem.dictionary);
    for (Eigen::Index k = 0; k < 2; ++k)
      for (Eigen::Index i = 0; i < 12; ++i) {
        const double expected = difference([&](double h) {
          Matrix moved = kernels;
          moved(i, k) += h;
          PursuitClassifier other = classifier;
          other.problem.dictionary = convolution(shape, moved);
          return value(other).loss;
        });
        REQUIRE(std::fabs(batch.dictionary(i, k) - expected) < 1e-7 * batch.dictionary.norm());
      }
    // The same atoms as a dense dictionary: the same loss and D^T D.
    PursuitClassifier dense = classifier;
    dense.problem.dictionary = Dictionary(classifier.problem.dictionary.dense());
    REQUIRE(value(dense).loss == Approx(batch.loss).epsilon(1e-10));
    REQUIRE((gram_of(dense.problem.dictionary) - gram_of(classifier.problem.dictionary)).norm() <
            1e-13);
  }
}

TEST_CASE("Terms of a batch's loss: worked values of an orthonormal dictionary") {
  // Of atoms e1 e2 | e3 e4 and x = (3, 4, 0.6, 0), l2 = 1: u = x, a = (2.4, 3.2, 0, 0), r = (0.6,
  // 0.8, 0.6, 0): |r|^2 = 1.36, gap 5 - 0.6.
  const PursuitClassifier classifier{
      {Dictionary(Matrix::Identity(4, 4)), Penalty::equal(Groups::equal(4, 2), 0.0, 1.0)},
      CodeFeatures::norms,
      Matrix::Constant(1, 2, 0.5),
      Vector::Zero(1)};
  Matrix signals(4, 1);
  signals << 3.0, 4.0, 0.6, 0.0;
  const std::vector<std::uint32_t> one = {1};
  const PursuitBatch batch = pursuit_batch(classifier, Matrix::Identity(4, 4), signals, one,
                                           {.reconstruction = 1.0, .gap = 2.0}, exact);
  REQUIRE(batch.reconstruction == Approx(1.36).epsilon(1e-12));
  REQUIRE(batch.cross_entropy == Approx(std::log1p(std::exp(-2.0))).epsilon(1e-12));
  REQUIRE(batch.gap == Approx(-4.4).epsilon(1e-12));
  REQUIRE(batch.coherence == 0.0);
  REQUIRE(batch.active == 0.5);
  REQUIRE(batch.right == 1);
  REQUIRE(batch.loss == Approx(1.36 + std::log1p(std::exp(-2.0)) - 8.8).epsilon(1e-12));
}

TEST_CASE("Coherence counts pairs of atoms of different groups once, and none within a group") {
  // Atoms at 0, 60 | 90, 180 degrees: pairs across groups have cos^2 of 90, 180, 30 and 120 degrees.
  Matrix atoms(2, 4);
  const double h = std::sqrt(0.75);
  atoms << 1.0, 0.5, 0.0, -1.0, 0.0, h, 1.0, 0.0;
  const PursuitClassifier classifier{
      {Dictionary(atoms), Penalty::equal(Groups::equal(4, 2), 0.0, 1.0)},
      CodeFeatures::codes,
      Matrix::Zero(1, 4),
      Vector::Zero(1)};
  const std::vector<std::uint32_t> one = {0};
  const PursuitBatch batch =
      pursuit_batch(classifier, gram_of(atoms), Matrix::Ones(2, 1), one, {}, exact);
  REQUIRE(batch.coherence == Approx(0.0 + 1.0 + 0.75 + 0.25).epsilon(1e-14));
}

TEST_CASE("A batch through the pursuit has the same bits for any number of threads") {
  const PursuitClassifier classifier = classifier_of(CodeFeatures::norms, 0.0, 1.2);
  const Matrix signals = normal_matrix(12, 130, 51);
  std::vector<std::uint32_t> many(130);
  for (std::size_t j = 0; j < many.size(); ++j) many[j] = j % 3;
  const auto run = [&](std::size_t threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    return pursuit_batch(classifier, gram_of(classifier.problem.dictionary.dense()), signals, many,
                         {.reconstruction = 0.1, .coherence = 0.1, .gap = 0.1}, {.iterations = 30});
  };
  const PursuitBatch one = run(1), four = run(4);
  REQUIRE(one.loss == four.loss);
  REQUIRE(one.kkt == four.kkt);
  REQUIRE(one.dictionary == four.dictionary);
  REQUIRE(one.weights == four.weights);
  REQUIRE(one.l2 == four.l2);
}

TEST_CASE("Batches that do not fit a classifier are refused") {
  const PursuitClassifier classifier = classifier_of(CodeFeatures::norms, 0.0, 1.2);
  REQUIRE_THROWS_WITH(batch_of(classifier, normal_matrix(12, 4, 1), {}),
                      Contains("5 labels for 4 signals"));
  REQUIRE_THROWS_AS(batch_of(classifier, normal_matrix(11, 5, 1), {}), UsageError);
  // Weights of 7 features, where there are 6 norms.
  PursuitClassifier wide = classifier;
  wide.weights = normal_matrix(3, 7, 21);
  REQUIRE_THROWS_WITH(batch_of(wide, normal_matrix(12, 5, 1), {}), Contains("sees 6 features"));
  PursuitClassifier sparse = classifier;
  sparse.problem.dictionary =
      Dictionary(SparseMatrix(classifier.problem.dictionary.dense().sparseView()));
  REQUIRE_THROWS_WITH(batch_of(sparse, normal_matrix(12, 5, 1), {}), Contains("sparse"));
}
