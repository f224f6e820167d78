// FISTA: against coordinate descent in long double, closed forms, and the bound on its progress that
// Beck and Teboulle proved.
#include <Eigen/QR>
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/engine/pursuit/fista.hpp>
#include <retrograde/events/error.hpp>

#include "coordinate_descent.hpp"
#include "tests/support/drawn_problem.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

TEST_CASE("FISTA and coordinate descent find the same code", "[pursuit]") {
  for (const bool sparse : {false, true})
    for (const bool non_negative : {false, true})
      for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        CAPTURE(sparse, non_negative, seed);
        PursuitProblem problem{
            sparse ? sparse_dictionary(20, 30, 6, seed) : dense_dictionary(20, 30, seed),
            Penalty::equal(Groups::equal(30, 3), 0.2, 0.0, non_negative)};
        problem.penalty.l1(4) = 0.5;
        const Vector signal = normal_signal(20, seed);
        const Vector expected = coordinate_descent(problem, signal);
        const PursuitSolution found = fista(problem, signal, {.tolerance = 1e-14});
        CHECK(found.converged);
        CHECK((found.code - expected).norm() < 1e-6);
        CHECK(found.objective == Approx(objective(problem, signal, expected)).epsilon(1e-14));
        CHECK(found.gap <= 1e-14 * 0.5 * signal.squaredNorm());
        CHECK(found.kkt == kkt_residual(problem, signal, found.code));
        // The codes of a batch go the same way by a number of iterations, without beginning anew: slower at the end.
        const Matrix codes = fista_codes(problem, signal.replicate(1, 2), 3000);
        CHECK((codes.col(1) - expected).norm() < 1e-5);
        const Matrix d = problem.dictionary.dense();
        const Matrix by_gram = fista_codes(d.transpose() * d, problem.penalty,
                                           1.0 / problem.dictionary.largest_eigenvalue(),
                                           d.transpose() * signal, 3000);
        CHECK((by_gram.col(0) - expected).norm() < 1e-5);
      }
}

TEST_CASE("FISTA finds the closed form of orthonormal atoms, with groups", "[pursuit]") {
  // The shrinkage of D^T x (penalty.cpp), whatever the step: here of atoms half as long as their signal
  // needs, so that D^T D = 1/4 and the weights count four times.
  const Matrix basis = normal_matrix(12, 12, 5).householderQr().householderQ();
  for (const auto& [l1, l2] : {std::pair{0.1, 0.0}, {0.0, 0.3}, {0.05, 0.2}})
    for (const bool non_negative : {false, true}) {
      CAPTURE(l1, l2, non_negative);
      const PursuitProblem problem{Dictionary(Matrix(0.5 * basis)),
                                   Penalty::equal(Groups::equal(12, 3), l1, l2, non_negative)};
      const Vector signal = normal_signal(12, 6);
      const Vector expected = problem.penalty.shrunk(2.0 * basis.transpose() * signal, 4.0);
      REQUIRE(!expected.isZero(0.0));
      CHECK((fista(problem, signal, {.tolerance = 1e-14}).code - expected).norm() < 1e-7);
      CHECK((fista_codes(problem, signal, 1) - expected).norm() < 1e-11);
    }
}

TEST_CASE("FISTA is as fast as it is proved to be", "[pursuit]") {
  // Beck and Teboulle 2009, theorem 4.4: F(a_k) - F* <= 2 L |a_0 - a*|^2 / (k + 1)^2. Of two atoms of
  // which one is 50 times shorter, plain proximal gradients miss it: of a distance of 1 in the short
  // one they keep (1 - 1 / 2500)^k.
  Matrix atoms = Matrix::Identity(2, 2);
  atoms(1, 1) = 0.02;
  const PursuitProblem problem{Dictionary(atoms), Penalty::equal(Groups::equal(2, 1), 1e-9, 0.0)};
  Vector signal(2), best(2);
  signal << 0.0, 0.02;
  best << 0.0, 1.0 - 1e-9 / 0.02 / 0.02;
  const double least = objective(problem, signal, best);
  CHECK(kkt_residual(problem, signal, best) < 1e-15);
  for (const std::uint32_t k : {200U, 400U}) {
    const double bound = 2.0 / (static_cast<double>(k + 1) * static_cast<double>(k + 1));
    const double plain = 0.5 * 0.02 * 0.02 * std::pow(1.0 - 1.0 / 2500.0, 2.0 * k);
    REQUIRE(plain > bound);
    CHECK(objective(problem, signal, fista_codes(problem, signal, k).col(0)) - least <= bound);
    const PursuitSolution found = fista(problem, signal, {.tolerance = -1.0, .most_iterations = k});
    CHECK(found.objective - least <= bound);
    CHECK(!found.converged);
    CHECK(found.iterations == k);
  }
}

TEST_CASE("FISTA goes on from the code that it is given", "[pursuit]") {
  const PursuitProblem problem{dense_dictionary(20, 30, 1),
                               Penalty::equal(Groups::equal(30, 3), 0.1, 0.3)};
  const Vector signal = normal_signal(20, 2);
  const PursuitSolution from_nothing = fista(problem, signal);
  CHECK(from_nothing.iterations > 0);
  CHECK(fista(problem, signal, {}, from_nothing.code).iterations == 0);
  CHECK(fista_codes(problem, signal, 0, from_nothing.code) == from_nothing.code);
  // A first iteration is the proximal step.
  const double step = 1.0 / problem.dictionary.largest_eigenvalue();
  const Vector start = normal_signal(30, 3);
  const Vector ahead =
      start + step * problem.dictionary.correlations(signal - problem.dictionary.signal(start));
  CHECK((fista_codes(problem, signal, 1, start) - problem.penalty.shrunk(ahead, step)).norm() <
        1e-13);
}

TEST_CASE("FISTA refuses signals and codes that do not fit", "[pursuit]") {
  const PursuitProblem problem{dense_dictionary(4, 6, 1),
                               Penalty::equal(Groups::equal(6, 2), 0.1, 0.0)};
  CHECK_THROWS_WITH(fista(problem, Vector::Ones(5)), Contains("5 values"));
  CHECK_THROWS_WITH(fista(problem, Vector::Ones(4), {}, Vector::Ones(4)), Contains("6 atoms"));
  CHECK_THROWS_WITH(fista(problem, Vector::Constant(4, std::nan(""))), Contains("not finite"));
}
