// Differences of functions whose derivatives are known in closed form.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include <retrograde/adjoint/check/difference.hpp>

using namespace retrograde;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

Difference derivative(const std::function<double(double)>& f, double x) {
  return differentiate({.f = f, .one_sided = f, .x = x, .at_x = f(x)});
}

}  // namespace

TEST_CASE("a difference is the derivative of a smooth function to within its uncertainty") {
  const auto check = [](const std::function<double(double)>& f, double x, double expected) {
    const Difference d = derivative(f, x);
    CAPTURE(x, d.value, expected, d.uncertainty);
    CHECK_FALSE((d.kink || d.rough));
    CHECK(std::fabs(d.value - expected) <= d.uncertainty);
    CHECK(d.uncertainty < 1e-9 * std::fmax(1.0, std::fabs(expected)));
  };
  check([](double x) { return std::sin(x); }, 0.3, std::cos(0.3));
  check([](double x) { return std::exp(5.0 * x); }, 0.5, 5.0 * std::exp(2.5));
  check([](double x) { return x * x * x * x; }, -2.0, -32.0);
  check([](double) { return 7.0; }, 1.0, 0.0);
  // As steep as a spike time next to grazing: a step of 1e-3 is a third of the way to the edge.
  check([](double x) { return std::sqrt(x + 3e-3); }, 0.0, 0.5 / std::sqrt(3e-3));
}

TEST_CASE("a large value leaves a difference uncertain by its rounding, and is no kink") {
  const Difference d = derivative([](double x) { return 1e8 + std::sin(x); }, 0.3);
  CHECK_FALSE((d.kink || d.rough));
  CHECK(std::fabs(d.value - std::cos(0.3)) <= d.uncertainty);
  CHECK(d.uncertainty > 1e-5);  // 16 epsilon 1e8 / 1e-3
}

TEST_CASE("a kink has no derivative, whichever way it opens and whatever is smooth around it") {
  for (const double jump : {1.0, -1.0, 0.326, 1e-3, -1e-5}) {
    CAPTURE(jump);
    const Difference d =
        derivative([&](double x) { return std::sin(x) + jump * std::fmax(0.0, x - 0.4); }, 0.4);
    CHECK(d.kink);
    CHECK_FALSE(d.rough);
    CHECK(std::isnan(d.value));
  }
  // One too small to matter: its mean slope is within the tolerance of both sides.
  const Difference slight = derivative([](double x) { return 1e-8 * std::fabs(x); }, 0.0);
  CHECK_FALSE(slight.kink);
  CHECK(std::fabs(slight.value) <= 1e-8);
}

TEST_CASE("a kink at any distance is stepped around, noticed, or covered by the uncertainty") {
  std::size_t found = 0, all = 0;
  for (double distance = 1e-10; distance < 1e-1; distance *= 1.03)
    for (const double side : {-1.0, 1.0}) {
      const double kink = 0.4 + side * distance;
      const auto f = [&](double x) { return std::sin(x) + std::fabs(x - kink); };
      const Difference d = derivative(f, 0.4);
      const double expected = std::cos(0.4) - side;
      CAPTURE(distance, side, d.value, expected, d.uncertainty);
      ++all;
      if (d.kink || d.rough) {
        CHECK(std::isnan(d.value));
        CHECK(distance < 2e-6);  // steps of 1e-3 / 4^5 and less are on one side of it
        continue;
      }
      const double error = std::fabs(d.value - expected);
      CHECK((error <= 1e-7 || error <= d.uncertainty));
      found += error <= 1e-7;
    }
  CHECK(found * 2 > all);
}

TEST_CASE("steps that meet a place without a value are not used, and without any there is none") {
  const auto until = [](double edge) {
    return [edge](double x) { return x < edge ? std::sin(x) : not_a_number; };
  };
  const Difference near = derivative(until(0.3 + 1e-4), 0.3);
  CHECK(std::fabs(near.value - std::cos(0.3)) < 1e-9);
  const Difference nowhere = derivative(until(0.3 + 1e-9), 0.3);
  CHECK(std::isnan(nowhere.value));
  CHECK_FALSE((nowhere.kink || nowhere.rough));
}

TEST_CASE("the function is evaluated within its range only, at both edges") {
  for (const double x : {0.0, 1e-4, 0.9995, 1.0 - 1e-9}) {
    CAPTURE(x);
    DifferenceProblem problem;
    problem.f = [](double y) {
      CHECK(y >= 0.0);
      CHECK(y < 1.0);
      return std::exp(y);
    };
    problem.one_sided = problem.f;
    problem.x = x;
    problem.at_x = std::exp(x);
    problem.lower = 0.0;
    problem.upper = 1.0;
    const Difference d = differentiate(problem);
    CHECK(std::fabs(d.value - std::exp(x)) <= d.uncertainty);
    CHECK(d.uncertainty < 1e-8);
  }
}

TEST_CASE("the first step is the one asked for, and they shrink by 4 until two agree") {
  std::vector<double> lengths;
  DifferenceProblem problem;
  problem.f = [&](double x) {
    lengths.push_back(std::fabs(x));
    return not_a_number;
  };
  problem.x = problem.at_x = 0.0;
  problem.step = 0.5;
  CHECK(std::isnan(differentiate(problem).value));
  REQUIRE(lengths.size() == 28);
  CHECK(*std::max_element(lengths.begin(), lengths.end()) == 1.0);
  CHECK(*std::min_element(lengths.begin(), lengths.end()) == 0.5 / 4096.0);
  lengths.clear();
  problem.f = [&](double x) {
    lengths.push_back(x);
    return 2.0 * x;
  };
  CHECK(differentiate(problem).value == 2.0);
  CHECK(lengths.size() == 8);  // two steps are enough for a straight line
}

TEST_CASE("at the edge of a range the function is asked without its kinks, elsewhere with them") {
  DifferenceProblem problem;
  problem.f = [](double x) { return x; };
  problem.one_sided = [](double x) { return x < 1e-4 ? 3.0 * x : not_a_number; };
  problem.x = problem.at_x = 0.0;
  CHECK(differentiate(problem).value == Approx(1.0));
  problem.lower = 0.0;
  CHECK(differentiate(problem).value == Approx(3.0));
  problem.one_sided = [](double x) { return x < 1e-9 ? 3.0 * x : not_a_number; };
  CHECK(std::isnan(differentiate(problem).value));
}
