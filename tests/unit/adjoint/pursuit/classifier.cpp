// Scores, margins and cross entropy of codes: worked values, and gradients against central
// differences.
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/adjoint/pursuit/classifier.hpp>
#include <retrograde/events/error.hpp>

#include "small_problem.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

// Three groups of two coefficients.
PursuitClassifier classifier_of(CodeFeatures features, Eigen::Index rows) {
  const Eigen::Index seen = features == CodeFeatures::codes ? 6 : 3;
  return {{Dictionary(normalised(normal_matrix(5, 6, 1))),
           Penalty::equal(Groups::equal(6, 2), 0.0, 0.1)},
          features,
          normal_matrix(rows, seen, 2),
          normal_signal(rows, 4)};
}

Vector some_code() {
  Vector code(6);
  code << 0.7, -1.2, 0.0, 0.0, 0.4, 0.9;
  return code;
}

template <class Value>
void require_gradient(const Vector& code, const Vector& p, const Value& value) {
  constexpr double h = 1e-5;
  for (Eigen::Index i = 0; i < code.size(); ++i) {
    if (code(i) == 0.0) continue;
    Vector up = code, down = code;
    up(i) += h;
    down(i) -= h;
    REQUIRE(p(i) == Approx((value(up) - value(down)) / (2.0 * h)).margin(1e-9));
  }
}

}  // namespace

TEST_CASE("A pooled classifier sees norms of groups: worked values") {
  PursuitClassifier classifier = classifier_of(CodeFeatures::norms, 2);
  classifier.weights << 1.0, 2.0, 3.0, -1.0, 0.5, 0.0;
  classifier.bias << 0.25, -0.5;
  Vector code(6);
  code << 3.0, -4.0, 0.0, 0.0, -6.0, 8.0;  // norms 5, 0, 10
  const Vector s = scores(classifier, code);
  REQUIRE(s(0) == 35.25);
  REQUIRE(s(1) == -5.5);
  REQUIRE(decision(classifier, code) == 0);
  const CodeValue margin = code_margin(classifier, code, 1);
  REQUIRE(margin.value == -40.75);
  // d(s1 - s0)/dq = (-2, -1.5, -3), along a_g / |a_g|; silent groups stay silent.
  Vector p(6);
  p << -2.0 * 0.6, 2.0 * 0.8, 0.0, 0.0, 3.0 * 0.6, -3.0 * 0.8;
  REQUIRE((margin.p - p).cwiseAbs().maxCoeff() < 1e-15);
}

TEST_CASE("One row of weights is two classes by sign, as a score of 0 beside it") {
  for (const CodeFeatures features : {CodeFeatures::codes, CodeFeatures::norms}) {
    const PursuitClassifier one = classifier_of(features, 1);
    PursuitClassifier two = one;
    two.weights = Matrix::Zero(2, one.weights.cols());
    two.weights.row(1) = one.weights.row(0);
    two.bias = Vector::Zero(2);
    two.bias(1) = one.bias(0);
    const Vector code = some_code();
    REQUIRE(one.classes() == 2);
    REQUIRE(decision(one, code) == decision(two, code));
    for (const std::uint32_t label : {0U, 1U}) {
      const CodeValue margin = code_margin(one, code, label), other = code_margin(two, code, label);
      REQUIRE(margin.value == Approx(other.value).epsilon(1e-14));
      REQUIRE((margin.p - other.p).norm() < 1e-14);
      const CodeValue entropy = code_cross_entropy(one, code, label);
      const CodeValue softmax = code_cross_entropy(two, code, label);
      REQUIRE(entropy.value == Approx(softmax.value).epsilon(1e-14));
      REQUIRE((entropy.p - softmax.p).norm() < 1e-14);
    }
  }
}

TEST_CASE("Margin and cross entropy of a code have the gradients of central differences") {
  for (const CodeFeatures features : {CodeFeatures::codes, CodeFeatures::norms})
    for (const Eigen::Index rows : {1, 4}) {
      const PursuitClassifier classifier = classifier_of(features, rows);
      const Vector code = some_code();
      for (std::uint32_t label = 0; label < classifier.classes(); ++label) {
        require_gradient(code, code_margin(classifier, code, label).p,
                         [&](const Vector& a) { return code_margin(classifier, a, label).value; });
        require_gradient(code, code_cross_entropy(classifier, code, label).p, [&](const Vector& a) {
          return code_cross_entropy(classifier, a, label).value;
        });
      }
    }
}

TEST_CASE("Cross entropy of a code is finite however sure the classifier is") {
  // log(1 + e^-m) and its slope at m = +-1000.
  PursuitClassifier classifier = classifier_of(CodeFeatures::codes, 1);
  classifier.weights.setZero();
  classifier.bias(0) = 1000.0;
  REQUIRE(code_cross_entropy(classifier, some_code(), 0).value == 1000.0);
  REQUIRE(code_cross_entropy(classifier, some_code(), 1).value == 0.0);
  Vector by;
  code_cross_entropy(classifier, some_code(), 0, &by);
  REQUIRE(by(0) == 1.0);
}

TEST_CASE("A classifier that does not fit its features is refused") {
  PursuitClassifier classifier = classifier_of(CodeFeatures::norms, 4);
  REQUIRE_NOTHROW(check(classifier));
  REQUIRE_THROWS_WITH(code_margin(classifier, some_code(), 4), Contains("label 4"));
  classifier.features = CodeFeatures::codes;
  REQUIRE_THROWS_WITH(check(classifier), Contains("sees 6 features"));
  classifier.features = CodeFeatures::norms;
  classifier.bias = Vector::Zero(3);
  REQUIRE_THROWS_AS(check(classifier), UsageError);
  classifier.bias = Vector::Constant(4, std::nan(""));
  REQUIRE_THROWS_WITH(check(classifier), Contains("not finite"));
}
