// What no solver calls optimal: numbers that are none, signals that do not fit; and groups without a weight.
#include <Eigen/QR>
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/engine/pursuit/deep_pursuit.hpp>
#include <retrograde/engine/pursuit/event_lca.hpp>
#include <retrograde/engine/pursuit/fista.hpp>
#include <retrograde/engine/pursuit/spiking_lca.hpp>
#include <retrograde/engine/pursuit/stepped_lca.hpp>
#include <retrograde/events/error.hpp>

#include "tests/support/drawn_problem.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

PursuitProblem drawn() {
  return {dense_dictionary(8, 12, 1), Penalty::equal(Groups::equal(12, 1), 0.1, 0.0)};
}

}  // namespace

TEST_CASE("a code that is no number is not optimal", "[pursuit]") {
  const PursuitProblem problem = drawn();
  const Vector signal = normal_signal(8, 1);
  for (const double value : {std::nan(""), HUGE_VAL, 1e200}) {
    const Vector code = Vector::Constant(12, value);
    CHECK_FALSE(kkt_residual(problem, signal, code) <= 1e100);
    CHECK_FALSE(duality_gap(problem, signal, code) <= 1e100);
  }
}

TEST_CASE("signals and dictionaries whose squares overflow are refused", "[pursuit]") {
  const PursuitProblem problem = drawn();
  const Vector large = 1e160 * normal_signal(8, 1);
  CHECK_THROWS_AS(fista(problem, large), UsageError);
  CHECK_THROWS_WITH(fista(problem, large), Contains("scale it down"));
  CHECK_THROWS_AS(deep_pursuit({{problem}, Threshold::soft}, large), UsageError);
  const Matrix atoms = problem.dictionary.dense();
  CHECK_THROWS_WITH(Dictionary(Matrix(1e160 * atoms)), Contains("eigenvalue"));
  CHECK_THROWS_WITH(Dictionary(SparseMatrix(Matrix(1e160 * atoms).sparseView())),
                    Contains("eigenvalue"));
  // A first code from which nothing comes back.
  CHECK_FALSE(
      fista(problem, normal_signal(8, 1), {.most_iterations = 100}, Vector::Constant(12, 1e200))
          .converged);
  CHECK_THROWS_AS(deep_pursuit({{problem}, Threshold::soft}, normal_signal(8, 1), {},
                               {Vector::Constant(12, 1e200)}),
                  NumericalError);
}

TEST_CASE("a signal that does not fit is refused by all who code it, in the same words",
          "[pursuit]") {
  const PursuitProblem problem = drawn();
  const auto refused = [&](const Vector& signal, const char* why) {
    CHECK_THROWS_WITH(fista(problem, signal), Contains(why));
    CHECK_THROWS_WITH(EventLca(problem, {}).run(signal), Contains(why));
    CHECK_THROWS_WITH(stepped_lca(problem, signal), Contains(why));
    CHECK_THROWS_WITH(SpikingLca(problem, signal, {}), Contains(why));
    CHECK_THROWS_WITH(deep_pursuit({{problem}, Threshold::soft}, signal), Contains(why));
  };
  refused(Vector::Ones(7), "a signal of 7 values for a dictionary of 8 dimensions");
  refused(Vector::Constant(8, std::nan("")), "not finite");
}

TEST_CASE("groups without a weight are fitted, and FISTA says when", "[pursuit]") {
  const Vector signal = normal_signal(8, 3);
  SECTION("all of them: least squares, by QR") {
    const Matrix atoms = normalised(normal_matrix(8, 5, 4));
    const PursuitProblem problem{Dictionary(atoms), Penalty::equal(Groups::equal(5, 1), 0.0, 0.0)};
    const PursuitSolution found = fista(problem, signal);
    CHECK(found.converged);
    CHECK(found.iterations < 10'000);
    const Vector best = atoms.colPivHouseholderQr().solve(signal);
    CHECK((found.code - best).norm() < 1e-8);
  }
  SECTION("one of them") {
    PursuitProblem problem = drawn();
    problem.penalty.l1(4) = 0.0;
    const PursuitSolution found = fista(problem, signal);
    CHECK(found.converged);
    CHECK(found.kkt < 1e-8);
  }
}
