// Optimality: the KKT residual by hand and at closed-form optima, the duality gap against a dual point
// that bisection finds in long double, and against the distance from the optimum of coordinate
// descent in long double.
#include <Eigen/QR>
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/engine/pursuit/problem.hpp>
#include <retrograde/events/error.hpp>

#include "coordinate_descent.hpp"
#include "tests/support/drawn_problem.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

// Groups of 3, 1, 2 and 4 coefficients of each kind; one of them without weights, if that is asked.
std::vector<Penalty> penalties(bool free) {
  std::vector<Penalty> all;
  all.reserve(8);
  for (const auto& [l1, l2] : {std::pair{0.3, 0.0}, {0.0, 0.5}, {0.2, 0.4}})
    for (const bool non_negative : {false, true}) {
      all.push_back(Penalty::equal(Groups({3, 1, 2, 4}), l1, l2, non_negative));
      all.back().l1(1) *= 0.5;
      all.back().l2(3) *= 1.5;
    }
  if (free)
    for (const bool non_negative : {false, true}) {
      all.push_back(Penalty::equal(Groups({3, 1, 2, 4}), 0.2, 0.4, non_negative));
      all.back().l1(2) = all.back().l2(2) = 0.0;
    }
  return all;
}

// Whether the penalty of every group holds t c back: |soft(t c_g, l1)| <= l2.
bool held(const Penalty& penalty, const Vector& c, long double t) {
  for (Eigen::Index g = 0; g < penalty.groups.count(); ++g) {
    long double square = 0.0L;
    for (Eigen::Index i = penalty.groups.begin(g); i < penalty.groups.begin(g + 1); ++i) {
      const long double pull = t * c(i);
      const long double against = penalty.non_negative ? pull : std::fabs(pull);
      const long double over = std::fmax(against - penalty.l1(g), 0.0L);
      square += over * over;
    }
    if (square > static_cast<long double>(penalty.l2(g)) * penalty.l2(g)) return false;
  }
  return true;
}

// F(a) - (x.y - |y|^2 / 2), y = t (x - D a) with the largest t of [0, 1] that is held.
double gap_by_bisection(const PursuitProblem& problem, const Vector& signal, const Vector& code) {
  const Vector r = signal - problem.dictionary.signal(code);
  const Vector c = problem.dictionary.correlations(r);
  long double low = 0.0L, high = 1.0L;
  if (held(problem.penalty, c, high)) low = high;
  for (int k = 0; k < 80 && low < high; ++k) {
    const long double middle = (low + high) / 2.0L;
    (held(problem.penalty, c, middle) ? low : high) = middle;
  }
  long double xr = 0.0L, rr = 0.0L, cost = 0.0L;
  for (Eigen::Index i = 0; i < r.size(); ++i) {
    xr += static_cast<long double>(signal(i)) * r(i);
    rr += static_cast<long double>(r(i)) * r(i);
  }
  for (Eigen::Index g = 0; g < problem.penalty.groups.count(); ++g) {
    long double square = 0.0L;
    for (Eigen::Index i = problem.penalty.groups.begin(g); i < problem.penalty.groups.begin(g + 1);
         ++i) {
      cost += problem.penalty.l1(g) * std::fabs(static_cast<long double>(code(i)));
      square += static_cast<long double>(code(i)) * code(i);
    }
    cost += problem.penalty.l2(g) * std::sqrt(square);
  }
  return static_cast<double>(rr / 2.0L + cost - low * xr + low * low * rr / 2.0L);
}

}  // namespace

TEST_CASE("the duality gap is that of the residual's largest multiple that is held", "[pursuit]") {
  const Dictionary d = dense_dictionary(6, 10, 1);
  for (const Penalty& penalty : penalties(true))
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      const PursuitProblem problem{d, penalty};
      // From signals that are all held to those of which little is, and codes of all kinds.
      const Vector signal = 0.1 * static_cast<double>(seed) * normal_signal(6, seed);
      const Vector code =
          penalty.shrunk((seed % 3 == 0 ? 0.0 : 0.4) * normal_signal(10, seed + 100), 0.5);
      CAPTURE(penalty.l1(0), penalty.l2(0), penalty.l2(2), penalty.non_negative, seed);
      CHECK(duality_gap(problem, signal, code) ==
            Approx(gap_by_bisection(problem, signal, code)).epsilon(1e-12).margin(1e-13));
    }
}

TEST_CASE("the duality gap is above the distance from the optimum, and 0 there", "[pursuit]") {
  // l1 alone, where coordinate descent finds the optimum.
  const Dictionary d = dense_dictionary(6, 10, 1);
  for (const bool non_negative : {false, true}) {
    const PursuitProblem problem{d, Penalty::equal(Groups({3, 1, 2, 4}), 0.2, 0.0, non_negative)};
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      const Vector signal = normal_signal(6, seed);
      const Vector best = coordinate_descent(problem, signal);
      const double least = objective(problem, signal, best);
      CHECK(duality_gap(problem, signal, best) < 1e-12);
      CHECK(kkt_residual(problem, signal, best) < 1e-13);
      for (const double off : {1e-4, 1e-2, 1.0}) {
        const Vector code = problem.penalty.shrunk(best + off * normal_signal(10, seed + 50), 0.1);
        CHECK(duality_gap(problem, signal, code) >=
              objective(problem, signal, code) - least - 1e-14);
      }
    }
  }
}

TEST_CASE(
    "of orthonormal atoms the residual is 0 at the closed form, and the distance moved elsewhere",
    "[pursuit]") {
  // The optimum is the shrinkage of D^T x (penalty.cpp), at which the gap is 0, too. A code of l1
  // alone that is moved along an active coefficient has that much less to explain.
  const Matrix basis = normal_matrix(10, 10, 3).householderQr().householderQ();
  for (const Penalty& penalty : penalties(true)) {
    const PursuitProblem problem{Dictionary(basis), penalty};
    const Vector signal = normal_signal(10, 7);
    const Vector best = penalty.shrunk(basis.transpose() * signal);
    CAPTURE(penalty.l1(0), penalty.l2(0), penalty.non_negative);
    REQUIRE(!best.isZero(0.0));
    CHECK(kkt_residual(problem, signal, best) < 1e-14);
    // What nothing holds has to be 0 for a dual point, which rounding does not leave.
    if ((penalty.l1 + penalty.l2).minCoeff() > 0.0)
      CHECK(duality_gap(problem, signal, best) < 1e-14);
    if (!penalty.l2.isZero(0.0)) continue;
    Eigen::Index largest = 0;
    best.cwiseAbs().maxCoeff(&largest);
    for (const double off : {1e-8, 1e-3, 0.1}) {
      Vector moved = best;
      moved(largest) += off;
      CHECK(kkt_residual(problem, signal, moved) == Approx(off).epsilon(1e-6));
    }
  }
}

TEST_CASE("the KKT residual is the largest of the groups: worked values", "[pursuit]") {
  // Of l1 = 0.5, l2 = 1, code (3, -4 | 0, 0 | 5, 0).
  Penalty penalty = Penalty::equal(Groups::equal(6, 2), 0.5, 1.0);
  Vector code(6), c(6);
  code << 3.0, -4.0, 0.0, 0.0, 5.0, 0.0;
  // Active: its gradient is (0.6 + 0.5, -0.8 - 0.5), and 0.5 is missing.
  c << 1.4, -1.7, 0.0, 0.0, 1.5, 0.0;
  CHECK(kkt_residual(penalty, c, code) == Approx(0.5).epsilon(1e-14));
  // Silent: (1.5, -2.7) less l1 is (1, -2.2), of which l2 holds 1.
  c << 1.1, -1.3, 1.5, -2.7, 1.5, 0.0;
  CHECK(kkt_residual(penalty, c, code) == Approx(std::hypot(1.0, 2.2) - 1.0).epsilon(1e-14));
  // A coefficient at 0 of an active group: l1 holds 0.5 of its 0.7, from either side.
  c << 1.1, -1.3, 0.0, 0.0, 1.5, -0.7;
  CHECK(kkt_residual(penalty, c, code) == Approx(0.2).epsilon(1e-13));
  // Where no coefficient may be below 0, nothing pulls it there.
  code(1) = 4.0;
  c << 1.1, 1.3, -9.0, 1.4, 1.5, -7.0;
  CHECK(kkt_residual(penalty, c, code) > 1.0);
  penalty.non_negative = true;
  CHECK(kkt_residual(penalty, c, code) < 1e-15);
}

TEST_CASE("the objective of a code: worked value", "[pursuit]") {
  // x - D a = (1, -2): 2.5; 0.1 x 7 and 0.2 x 5.
  const PursuitProblem problem{Dictionary(Matrix(Matrix::Identity(2, 2))),
                               Penalty::equal(Groups::equal(2, 2), 0.1, 0.2)};
  Vector signal(2), code(2);
  signal << 4.0, 2.0;
  code << 3.0, 4.0;
  CHECK(objective(problem, signal, code) == Approx(2.5 + 0.7 + 1.0).epsilon(1e-15));
}

TEST_CASE("problems of which sizes or weights do not fit are refused", "[pursuit]") {
  const Dictionary d = dense_dictionary(4, 6, 1);
  CHECK_THROWS_WITH(check({d, Penalty::equal(Groups::equal(5, 1), 0.1, 0.0)}),
                    Contains("5 coefficients do not fit a dictionary of 6 atoms"));
  PursuitProblem problem{d, Penalty::equal(Groups::equal(6, 2), 0.1, 0.0)};
  CHECK_NOTHROW(check(problem));
  problem.penalty.l2(1) = -0.1;
  CHECK_THROWS_WITH(check(problem), Contains("weight l2 of group 1 is -0.1"));
  problem.penalty.l2(1) = std::nan("");
  CHECK_THROWS_AS(check(problem), UsageError);
  problem.penalty.l2 = Vector::Zero(2);
  CHECK_THROWS_WITH(check(problem), Contains("2 weights l2 for 3 groups"));
}
