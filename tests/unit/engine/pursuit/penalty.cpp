// Groups and penalties: worked values, and the shrinkage against the minimum that it is, found by
// nested golden sections in long double.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include <retrograde/engine/pursuit/penalty.hpp>
#include <retrograde/events/error.hpp>

#include "tests/support/drawn_problem.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

// Where a convex function of one number is smallest, to about 1e-9.
template <class Function>
long double golden(long double low, long double high, const Function& f) {
  const long double part = (std::sqrt(5.0L) - 1.0L) / 2.0L;
  long double a = high - part * (high - low), b = low + part * (high - low);
  long double at_a = f(a), at_b = f(b);
  for (int k = 0; k < 62; ++k) {
    if (at_a <= at_b) {
      high = b;
      b = a;
      at_b = at_a;
      at_a = f(a = high - part * (high - low));
    } else {
      low = a;
      a = b;
      at_a = at_b;
      at_b = f(b = low + part * (high - low));
    }
  }
  return (low + high) / 2.0L;
}

// argmin of 1/2 |a - u|^2 + step (l1 |a|_1 + l2 |a|_2) over three numbers: what is left of a convex
// function when some of its arguments are at their best is convex in the others.
struct Brute {
  long double u[3], l1, l2, step, low;

  long double value(long double a, long double b, long double c) const {
    const long double apart =
        (a - u[0]) * (a - u[0]) + (b - u[1]) * (b - u[1]) + (c - u[2]) * (c - u[2]);
    return apart / 2.0L + step * (l1 * (std::fabs(a) + std::fabs(b) + std::fabs(c)) +
                                  l2 * std::sqrt(a * a + b * b + c * c));
  }
  long double third(long double a, long double b) const {
    return golden(low, 3.0L, [&](long double c) { return value(a, b, c); });
  }
  long double second(long double a) const {
    return golden(low, 3.0L, [&](long double b) { return value(a, b, third(a, b)); });
  }
  long double first() const {
    return golden(low, 3.0L, [&](long double a) {
      const long double b = second(a);
      return value(a, b, third(a, b));
    });
  }
};

}  // namespace

TEST_CASE("a group is shrunk to the minimum that nested golden sections find", "[pursuit]") {
  const double signals[][3] = {{1.3, -0.4, 2.1}, {-0.6, 0.9, -1.7}, {0.3, -0.2, 0.5}};
  for (const double* u : signals)
    for (const auto& [l1, l2] : {std::pair{0.0, 0.0}, {0.45, 0.0}, {0.0, 0.8}, {0.25, 0.6}})
      for (const bool non_negative : {false, true})
        for (const double step : {1.0, 0.4}) {
          CAPTURE(u[0], l1, l2, non_negative, step);
          const Brute brute{{u[0], u[1], u[2]}, l1, l2, step, non_negative ? 0.0L : -3.0L};
          const long double a = brute.first(), b = brute.second(a), c = brute.third(a, b);
          const Penalty penalty = Penalty::equal(Groups::equal(3, 3), l1, l2, non_negative);
          const Vector shrunk = penalty.shrunk(Eigen::Map<const Eigen::Vector3d>(u), step);
          CHECK(shrunk(0) == Approx(static_cast<double>(a)).margin(1e-7));
          CHECK(shrunk(1) == Approx(static_cast<double>(b)).margin(1e-7));
          CHECK(shrunk(2) == Approx(static_cast<double>(c)).margin(1e-7));
        }
}

TEST_CASE("each group is shrunk by its own weights: worked values", "[pursuit]") {
  // (3, 4) of norm 5 loses 1 of it; (2, -3) loses 0.5 of each; (0.3, 0.4) is silent at 0.5; of (-1, 2,
  // 3) l1 leaves (0, 1, 2), and l2 nine tenths of it.
  Penalty penalty{Groups({2, 2, 2, 3}), Vector(4), Vector(4)};
  penalty.l1 << 0.0, 0.5, 0.0, 1.0;
  penalty.l2 << 1.0, 0.0, 0.5, 0.1 * std::sqrt(5.0);
  Vector u(9), expected(9);
  u << 3.0, 4.0, 2.0, -3.0, 0.3, 0.4, -1.0, 2.0, 3.0;
  expected << 2.4, 3.2, 1.5, -2.5, 0.0, 0.0, 0.0, 0.9, 1.8;
  CHECK((penalty.shrunk(u) - expected).cwiseAbs().maxCoeff() < 1e-15);
  // 1 x 5 + 0.5 x 5 + 0.5 x 0.5 + 1 x 6 + 0.1 sqrt(5) sqrt(14)
  CHECK(penalty.value(u) == Approx(5.0 + 2.5 + 0.25 + 6.0 + 0.1 * std::sqrt(70.0)).epsilon(1e-15));
  Vector norms(4);
  norms << 5.0, std::sqrt(13.0), 0.5, std::sqrt(14.0);
  CHECK((penalty.groups.norms(u) - norms).cwiseAbs().maxCoeff() < 1e-15);
  CHECK(penalty.groups.of(5) == 2);
  CHECK(penalty.groups.of(6) == 3);
}

TEST_CASE("groups that are no partition are refused", "[pursuit]") {
  CHECK_THROWS_WITH(Groups({}), Contains("at least one group"));
  CHECK_THROWS_WITH(Groups({2, 0}), Contains("group 1 has 0"));
  CHECK_THROWS_WITH(Groups::equal(7, 2), Contains("7 coefficients do not divide into groups of 2"));
  CHECK_THROWS_AS(Groups::equal(0, 1), UsageError);
}
