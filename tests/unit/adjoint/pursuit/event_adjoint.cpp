// The adjoint network by events, against Cholesky's method.
#include <Eigen/QR>
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/adjoint/pursuit/event_adjoint.hpp>
#include <retrograde/events/error.hpp>

#include "small_problem.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

// J (p - (D^T D - 1) lambda) - lambda, with J by differences of the shrinkage at u = a + D^T r.
Vector unrest(const PursuitProblem& problem, const Vector& signal, const Vector& code,
              const Vector& p, const Vector& lambda) {
  constexpr double h = 1e-6;
  const Matrix d = problem.dictionary.dense();
  const Vector drive = p - d.transpose() * (d * lambda) + lambda;
  const Vector u = code + d.transpose() * (signal - d * code);
  return (problem.penalty.shrunk(u + h * drive) - problem.penalty.shrunk(u - h * drive)) /
             (2.0 * h) -
         lambda;
}

}  // namespace

TEST_CASE("The adjoint network comes to rest at the solution, as closely as theta says") {
  const Vector signal = normal_signal(12, 11), p = normal_signal(18, 13);
  for (const auto& [l1, l2] : {std::pair{0.3, 0.0}, {0.0, 1.2}, {0.15, 0.8}}) {
    CAPTURE(l1, l2);
    const PursuitProblem problem = small_problem(l1, l2);
    const Vector code = optimum(problem, signal);
    const Vector expected = pursuit_gradient(problem, code, p).lambda;
    std::uint64_t messages = 0;
    for (const double theta : {1e-2, 1e-3, 1e-4}) {
      const EventAdjointResult result = pursuit_gradient_by_events(problem, code, p, theta);
      const Vector& lambda = result.gradient.lambda;
      // At rest nobody is to move by theta: J is taken by differences here.
      REQUIRE(unrest(problem, signal, code, p, lambda).cwiseAbs().maxCoeff() <
              theta * (1.0 + 1e-6) + 1e-8);
      REQUIRE((lambda - expected).cwiseAbs().maxCoeff() < 200.0 * theta);
      REQUIRE(result.messages > messages);
      messages = result.messages;
    }
  }
}

TEST_CASE("The adjoint network of orthonormal atoms sends each multiple of theta once") {
  // Nobody disturbs anybody: lambda_i relaxes to p_i from 0, one message at each multiple of theta
  // before it, the last of neuron i at -log(1 - k theta / |p_i|), k = ceil(|p_i| / theta) - 1.
  const Matrix basis = normal_matrix(3, 3, 5).householderQr().householderQ();
  const PursuitProblem problem{Dictionary(basis), Penalty::equal(Groups::equal(3, 1), 0.1, 0.0)};
  const Vector code = Vector::Constant(3, 1.0);
  Vector p(3);
  p << 0.95, -0.31, 0.05;
  const EventAdjointResult result = pursuit_gradient_by_events(problem, code, p, 0.1);
  REQUIRE(result.messages == 9 + 3);
  REQUIRE(result.gradient.lambda(0) == Approx(0.9).epsilon(1e-12));
  REQUIRE(result.gradient.lambda(1) == Approx(-0.3).epsilon(1e-12));
  REQUIRE(result.gradient.lambda(2) == 0.0);
  REQUIRE(result.time == Approx(-std::log(1.0 - 0.3 / 0.31)).epsilon(1e-10));
}

TEST_CASE("The adjoint network moves a group without weights whose code is 0") {
  // Orthonormal atoms: lambda = J p. Only the first group has weights, l2 = 1 = |a_g|, so that m = 1/2
  // there and lambda_g = (p_g + (p_g.n) n) / 2; of the others J is 1.
  const PursuitProblem problem{Dictionary(Matrix(Matrix::Identity(6, 6))),
                               {Groups::equal(6, 2), Vector::Zero(3), Vector::Unit(3, 0)}};
  Vector code(6), p(6), expected(6);
  code << 1.0, 0.0, 0.0, 0.0, -2.0, 0.0;
  p << 0.4, 0.6, -0.7, 0.2, 0.5, -0.3;
  expected << 0.4, 0.3, -0.7, 0.2, 0.5, -0.3;
  REQUIRE((pursuit_gradient(problem, code, p).lambda - expected).norm() < 1e-14);
  const EventAdjointResult result = pursuit_gradient_by_events(problem, code, p, 1e-3);
  REQUIRE((result.gradient.lambda - expected).cwiseAbs().maxCoeff() <= 1e-3 * (1.0 + 1e-9));
}

TEST_CASE("The adjoint network says when it is not coming to rest") {
  const PursuitProblem problem = small_problem(0.3, 0.0);
  const Vector code = optimum(problem, normal_signal(12, 11)), p = normal_signal(18, 13);
  REQUIRE_THROWS_WITH(pursuit_gradient_by_events(problem, code, p, 1e-3, 10),
                      Contains("after 10 messages") && Contains("larger theta"));
  REQUIRE_THROWS_AS(pursuit_gradient_by_events(problem, code, p, 0.0), UsageError);
  REQUIRE(pursuit_gradient_by_events(problem, Vector::Zero(18), p, 1e-3).messages == 0);
}
