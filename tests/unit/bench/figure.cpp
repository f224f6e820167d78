// A race runs everybody in every round, and takes its ratios from the fastest runs.
#include <catch2/catch.hpp>

#include <retrograde/bench/figures/elementary.hpp>
#include <retrograde/bench/figures/figure.hpp>
#include <retrograde/bench/figures/figures.hpp>
#include <retrograde/events/error.hpp>

using namespace retrograde;
using namespace retrograde::bench;

namespace {

// Work that the clock of the race sees.
double spin(double work) {
  volatile double x = 0.0;
  for (int k = 0; k < 2'000'000; ++k) x = x + 1.0;
  return work;
}

}  // namespace

TEST_CASE("contestants take turns and ratios multiply out", "[bench]") {
  std::string order;
  Figure figure;
  figure.name = "race";
  const auto contestant = [&](const char* name, char letter, double work) {
    return Contestant{name, "things", [&order, letter, work] {
                        if (order.empty() || order.back() != letter) order += letter;
                        return spin(work);
                      }};
  };
  figure.contestants = {contestant("a", 'a', 1.0), contestant("b", 'b', 1000.0)};
  figure.ratios = {{"b to a", {1}, {0}, Bound{2.0, true}}, {"square", {1, 1}, {0, 0}, {}}};
  Race race(figure);
  race.round();
  race.round();
  CHECK(order == "aba");  // there and back
  const FigureResult result = race.result();
  CHECK(result.rounds == 2);
  REQUIRE(result.rows.size() == 2);
  CHECK(result.rows[1].unit == "things/s");
  CHECK(result.rows[1].value == Approx(1000.0 / result.rows[1].seconds));
  REQUIRE(result.ratios.size() == 2);
  CHECK(result.ratios[0].value == Approx(result.rows[1].value / result.rows[0].value));
  CHECK(result.ratios[1].value == Approx(result.ratios[0].value * result.ratios[0].value));
  CHECK(result.ratios[0].low <= result.ratios[0].high);
  CHECK(result.ratios[0].met());
}

TEST_CASE("bounds look in their direction", "[bench]") {
  CHECK(Ratio{"", 2.0, 2.0, 2.0, Bound{1.5, true}}.met());
  CHECK_FALSE(Ratio{"", 1.0, 1.0, 1.0, Bound{1.5, true}}.met());
  CHECK(Ratio{"", 1.0, 1.0, 1.0, Bound{1.5, false}}.met());
  CHECK_FALSE(Ratio{"", 2.0, 2.0, 2.0, Bound{1.5, false}}.met());
  CHECK(Ratio{"", 2.0, 2.0, 2.0, {}}.met());
}

TEST_CASE("a race that may not go on is interrupted", "[bench]") {
  Figure figure;
  figure.contestants = {{"a", "things", [] { return spin(1.0); }}};
  Race race(figure);
  CHECK_THROWS_AS(race.round([] { return false; }), Interrupted);
}

TEST_CASE("our own exponentials err by no more than four units in the last place", "[bench]") {
  for (const ElementaryFunction& f : elementary_functions()) {
    INFO(f.name);
    CHECK(largest_error(f, 1 << 16) < 4.0);
  }
}

TEST_CASE("figures are found by name", "[bench]") {
  CHECK(figure_named("keyword").essential);
  CHECK_FALSE(figure_named("mnist").essential);
  CHECK_THROWS_WITH(figure_named("keywrd"), Catch::Contains("did you mean keyword?"));
}
