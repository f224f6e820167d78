// The iterative fast gradient method on targets whose worst points are known in closed form.
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include <retrograde/adjoint/attack/attack.hpp>
#include <retrograde/events/error.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

const std::vector<double> slope = {3.0, -4.0, 0.0, 12.0};  // |g|_2 = 13, |g|_1 = 19
const std::vector<double> input = {0.5, 0.25, 0.125, 0.0};

// margin = 2 + g.x
AttackTarget linear() {
  return [](std::span<const double> x) {
    return AttackPoint{std::inner_product(x.begin(), x.end(), slope.begin(), 2.0), slope};
  };
}

// margin = |x - c|^2, lowest at c.
AttackTarget bowl(std::vector<double> centre) {
  return [c = std::move(centre)](std::span<const double> x) {
    AttackPoint point;
    point.gradient.reserve(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      point.margin += (x[i] - c[i]) * (x[i] - c[i]);
      point.gradient.push_back(2.0 * (x[i] - c[i]));
    }
    return point;
  };
}

double distance(const std::vector<double>& a, const std::vector<double>& b) {
  double square = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) square += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(square);
}

}  // namespace

TEST_CASE("Under attack a linear margin falls by epsilon times the dual norm of its slope") {
  const double margin = linear()(input).margin;
  for (const std::uint32_t steps : {1U, 5U, 10U})
    for (const double epsilon : {0.0, 0.1, 0.7}) {
      const Attacked l2 =
          attack(linear(), input, epsilon, {.norm = AttackNorm::l2, .steps = steps}, 0);
      REQUIRE(l2.margin == Approx(margin - 13.0 * epsilon).epsilon(1e-13));
      REQUIRE(distance(l2.input, input) == Approx(epsilon).margin(1e-13));
      const Attacked linf =
          attack(linear(), input, epsilon, {.norm = AttackNorm::linf, .steps = steps}, 0);
      REQUIRE(linf.margin == Approx(margin - 19.0 * epsilon).epsilon(1e-13));
      REQUIRE(linf.input[2] == input[2]);  // no slope there
      REQUIRE_FALSE(l2.vanished);
    }
}

TEST_CASE("An attack stays in its ball and in its box") {
  // linf, box [0, 0.5]: x0 falls by 0.3, x1 rises to the edge 0.5, x3 is at the edge 0 already.
  const AttackSpec boxed{
      .norm = AttackNorm::linf, .steps = 5, .restarts = 0, .lowest = 0.0, .highest = 0.5};
  const Attacked found = attack(linear(), input, 0.3, boxed, 0);
  REQUIRE(found.input[0] == Approx(0.2).epsilon(1e-13));
  REQUIRE(found.input[1] == 0.5);
  REQUIRE(found.input[3] == 0.0);
  // A slope that turns keeps every step in the l2 ball, also from random starts.
  std::vector<std::vector<double>> seen;
  const AttackTarget spy = [&](std::span<const double> x) {
    seen.emplace_back(x.begin(), x.end());
    return bowl({2.0, 2.0, -1.0, 0.0})(x);
  };
  attack(spy, input, 0.4, {.norm = AttackNorm::l2, .steps = 4, .restarts = 3}, 5);
  REQUIRE(seen.size() == 4 * 5);
  for (const auto& x : seen) REQUIRE(distance(x, input) <= 0.4 * (1.0 + 1e-14));
  seen.clear();
  attack(spy, input, 0.4, {.norm = AttackNorm::linf, .steps = 4, .restarts = 3}, 5);
  for (const auto& x : seen)
    for (std::size_t i = 0; i < x.size(); ++i)
      REQUIRE(std::fabs(x[i] - input[i]) <= 0.4 * (1.0 + 1e-14));
}

TEST_CASE("The worst point of all steps counts, not the last one") {
  // From 0 in steps of 1 towards 1.25: the margins are 1.5625, 0.0625, 0.5625 (at 2), ...
  const Attacked found =
      attack(bowl({1.25}), std::vector{0.0}, 3.0, {.norm = AttackNorm::linf, .steps = 3}, 0);
  REQUIRE(found.input[0] == 1.0);
  REQUIRE(found.margin == 0.0625);
}

TEST_CASE("Random starts of an attack follow from seed and input alone, and can only help") {
  // margin = cos(5 x) + 0.1 x has its slope turned from the lowest point in reach: restarts find it.
  const AttackTarget wave = [](std::span<const double> x) {
    return AttackPoint{std::cos(5.0 * x[0]) + 0.1 * x[0], {-5.0 * std::sin(5.0 * x[0]) + 0.1}};
  };
  const std::vector<double> start = {0.1};
  const AttackSpec none{.norm = AttackNorm::l2, .steps = 10};
  AttackSpec many = none;
  many.restarts = 8;
  const Attacked once = attack(wave, start, 1.0, none, 3);
  const Attacked found = attack(wave, start, 1.0, many, 3),
                 again = attack(wave, start, 1.0, many, 3);
  REQUIRE(found.input == again.input);
  REQUIRE(found.margin == again.margin);
  REQUIRE(found.margin <= once.margin);
  REQUIRE(attack(wave, start, 1.0, many, 4).input != found.input);
  many.seed = 2;
  REQUIRE(attack(wave, start, 1.0, many, 3).input != found.input);
}

TEST_CASE("Random starts of an attack are uniform in the ball") {
  // Of a ball of 3 dimensions 1/8 lies within half its radius, of a cube too.
  for (const AttackNorm norm : {AttackNorm::l2, AttackNorm::linf}) {
    std::uint32_t looks = 0, within = 0;
    const AttackTarget spy = [&](std::span<const double> x) {
      const double l2 = std::sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2]);
      const double linf = std::fmax(std::fabs(x[0]), std::fmax(std::fabs(x[1]), std::fabs(x[2])));
      if (looks % 2 == 0 && (norm == AttackNorm::l2 ? l2 : linf) < 1.0) ++within;
      ++looks;
      return AttackPoint{0.0, {1.0, 0.0, 0.0}};
    };
    attack(spy, std::vector{0.0, 0.0, 0.0}, 2.0, {.norm = norm, .steps = 1, .restarts = 8000}, 0);
    // 1000 and the start at x itself, standard deviation 30.
    REQUIRE(within > 880);
    REQUIRE(within < 1120);
  }
}

TEST_CASE("An attack says where its gradient vanished") {
  const AttackTarget flat = [](std::span<const double>) { return AttackPoint{1.0, {0.0, 0.0}}; };
  const Attacked found =
      attack(flat, std::vector{0.0, 0.0}, 1.0, {.norm = AttackNorm::l2, .steps = 3}, 0);
  REQUIRE(found.vanished);
  REQUIRE(found.margin == 1.0);
  REQUIRE(found.input == std::vector{0.0, 0.0});
}

TEST_CASE("Attacks that cannot be meant are refused") {
  REQUIRE_THROWS_AS(attack(linear(), input, -0.1, {}, 0), UsageError);
  REQUIRE_THROWS_AS(attack(linear(), input, std::nan(""), {}, 0), UsageError);
  REQUIRE_THROWS_AS(attack(linear(), input, 0.1, {.steps = 0}, 0), UsageError);
  REQUIRE_THROWS_AS(attack(linear(), input, 0.1, {.lowest = 1.0, .highest = 1.0}, 0), UsageError);
  REQUIRE_THROWS_WITH(attack(linear(), input, 0.1, {.lowest = 0.2, .highest = 1.0}, 0),
                      Contains("value 2 of an input is 0.125") && Contains("widen the box"));
  const AttackTarget broken = [](std::span<const double> x) {
    return AttackPoint{std::nan(""), std::vector<double>(x.size(), 1.0)};
  };
  REQUIRE_THROWS_AS(attack(broken, input, 0.1, {}, 0), NumericalError);
}
