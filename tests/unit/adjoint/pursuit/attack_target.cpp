// A classifier on codes under attack: its gradient against central differences, and an attack that
// lowers the margin.
#include <catch2/catch.hpp>
#include <cmath>
#include <tuple>

#include <retrograde/adjoint/pursuit/attack_target.hpp>
#include <retrograde/events/error.hpp>

#include "small_problem.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

PursuitClassifier classifier_of(CodeFeatures features) {
  return {small_problem(0.0, 0.4), features,
          normal_matrix(3, features == CodeFeatures::codes ? 18 : 6, 21), normal_signal(3, 22)};
}

std::vector<double> values(const Vector& v) { return {v.data(), v.data() + v.size()}; }

}  // namespace

TEST_CASE("A classifier under attack shows the slope of its margin") {
  const Vector signal = normal_signal(12, 11);
  for (const CodeFeatures features : {CodeFeatures::codes, CodeFeatures::norms}) {
    const PursuitClassifier classifier = classifier_of(features);
    const AttackTarget target = attack_target(
        classifier, 1, [&](const Vector& x) { return optimum(classifier.problem, x); });
    const AttackPoint point = target(values(signal));
    REQUIRE(point.margin == code_margin(classifier, optimum(classifier.problem, signal), 1).value);
    constexpr double h = 1e-4;
    for (std::size_t i = 0; i < 12; ++i) {
      std::vector<double> up = values(signal), down = up;
      up[i] += h;
      down[i] -= h;
      REQUIRE(point.gradient[i] ==
              Approx((target(up).margin - target(down).margin) / (2.0 * h)).margin(1e-7));
    }
  }
}

TEST_CASE("The layer of one threshold shows the slope of its own margin") {
  const Vector signal = normal_signal(12, 11);
  for (const auto& [l1, l2, non_negative] :
       {std::tuple{0.0, 0.4, false}, {0.3, 0.0, false}, {0.2, 0.4, false}, {0.2, 0.4, true}})
    for (const CodeFeatures features : {CodeFeatures::codes, CodeFeatures::norms}) {
      CAPTURE(l1, l2, non_negative);
      PursuitClassifier classifier = classifier_of(features);
      classifier.problem = small_problem(l1, l2, non_negative);
      const PursuitProblem& problem = classifier.problem;
      const AttackTarget target = threshold_target(classifier, 1);
      const AttackPoint point = target(values(signal));
      const Vector code = problem.penalty.shrunk(problem.dictionary.correlations(signal));
      CHECK(point.margin == code_margin(classifier, code, 1).value);
      double slope = 0.0;
      constexpr double h = 1e-6;
      for (std::size_t i = 0; i < 12; ++i) {
        std::vector<double> up = values(signal), down = up;
        up[i] += h;
        down[i] -= h;
        CHECK(point.gradient[i] ==
              Approx((target(up).margin - target(down).margin) / (2.0 * h)).margin(1e-7));
        slope += std::fabs(point.gradient[i]);
      }
      CHECK(slope > 0.1);
    }
}

TEST_CASE("An attack through a warm pursuit finds what one through a cold pursuit finds") {
  const PursuitClassifier classifier = classifier_of(CodeFeatures::norms);
  const std::vector<double> signal = values(normal_signal(12, 11));
  const AttackSpec spec{.epsilons = {}, .steps = 5, .restarts = 1};
  const Attacked warm =
      attack(attack_target(classifier, 0, warm_fista(classifier.problem, {.tolerance = 1e-13})),
             signal, 0.3, spec, 0);
  const Attacked cold = attack(
      attack_target(classifier, 0, [&](const Vector& x) { return optimum(classifier.problem, x); }),
      signal, 0.3, spec, 0);
  REQUIRE(warm.margin == Approx(cold.margin).margin(1e-5));
  const Vector code = optimum(classifier.problem, normal_signal(12, 11));
  REQUIRE(cold.margin < code_margin(classifier, code, 0).value - 0.1);
}

TEST_CASE("A pursuit under attack that does not converge is told") {
  const PursuitClassifier classifier = classifier_of(CodeFeatures::codes);
  const PursuitSolver solver =
      warm_fista(classifier.problem, {.tolerance = 1e-13, .most_iterations = 3});
  REQUIRE_THROWS_WITH(solver(normal_signal(12, 11)),
                      Contains("after 3 iterations") && Contains("allow more iterations"));
}
