#include <catch2/catch.hpp>
#include <limits>

#include <retrograde/scenarios/show/page/sections.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>
#include <retrograde/scenarios/show/plot/waterfall.hpp>

#include "tests/support/markup.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Contains;

TEST_CASE("a waterfall shows totals, changes with their signs and what steps do alone") {
  Waterfall chart;
  chart.title = "Accuracy <of> the chip";
  chart.reference = 99.0;
  chart.steps = {{"exact", {99.0}, true},
                 {"time grid", {98.0, 0.5}, false, Waterfall::Point{97.5, 0.4}},
                 {"one step of latency & more", {98.5, 0.6}, false, Waterfall::Point{99.0, 0.2}},
                 {"lost", {std::numeric_limits<double>::quiet_NaN()}, false},
                 {"chip", {98.5, 0.6}, true}};
  const std::string svg = render(chart);
  CHECK(markup_fault(svg) == "");
  CHECK_THAT(svg, Contains(">99.00<") && Contains(">−1.00<") && Contains(">−0.50<"));
  CHECK_THAT(svg, Contains("with this step alone") && Contains("time grid alone: 97.5"));
  CHECK_THAT(svg, !Contains("nan") && !Contains("lost"));
  // Within its interval of the reference: the second step, alone and added, and the chip.
  CHECK_THAT(svg, Contains("time grid: 98 (−1.00 ± 0.50)"));
  CHECK_THAT(svg, Contains("one step of latency &amp; more: 98.5 (−0.50 ± 0.60, within chance)"));
  CHECK(occurrences(svg, "within chance)") == 3);
  CHECK(occurrences(svg, " pale\"") == 4);  // and the key
  // Nothing is drawn from the ground of an axis that does not begin at 0.
  CHECK_THAT(svg, !Contains("class=\"bar"));
  chart.chance = false;
  CHECK_THAT(render(chart), !Contains("within chance") && !Contains("pale"));
  chart.steps.clear();
  CHECK_THAT(render(chart), Contains("no data"));
}

TEST_CASE("in a waterfall the number of a step stands right above its whisker") {
  Waterfall chart;
  chart.reference = 50;
  chart.y.low = 0.0;
  chart.y.high = 100.0;
  chart.steps = {{"a", {50}, true}, {"b", {40, 10}}, {"c", {60, 20}}};
  const std::string svg = render(chart);
  // From 48 to height - 62 pixels: 100 to 0.
  const double per_unit = (330.0 - 62 - 48) / 100;
  for (const double above : {50.0, 80.0})
    CHECK_THAT(svg, Contains("y=\"" + coordinate(48 + per_unit * (100 - above) - 6) + "\""));
}

// Reference: 1.96 sqrt(changed + 1) / trials by hand: 0.96 % of 500 trials for 5 that changed.
TEST_CASE("the budget marks what chance alone may give") {
  loihi2::ErrorBudget budget;
  budget.trials = budget.labelled = 500;
  budget.exact_correct = 495;
  budget.alone = {{491, 4, 0.1}, {485, 10, 0.1}};
  budget.cumulative = {{490, 5, 0.1}, {495, 0, 0.0}};
  const std::string html = budget_section(budget);
  CHECK_THAT(html, Contains("(−0.80 ± 0.88, within chance)"));
  CHECK_THAT(html, Contains("(−2.00 ± 1.30)"));
  CHECK_THAT(html, Contains("(−1.00 ± 0.96)"));
  CHECK_THAT(html, Contains("(0.00 ± 0.39, within chance)"));
  // Without labels a changed decision is a difference, whatever its number.
  budget.labelled = 0;
  CHECK_THAT(budget_section(budget), !Contains("within chance") && !Contains("pale"));
}

TEST_CASE("the budget's part of a report has every step, and decisions where there are no labels") {
  loihi2::ErrorBudget budget;
  budget.trials = budget.labelled = 500;
  budget.exact_correct = 495;
  for (std::uint64_t k = 0; k < loihi2::approximations.size(); ++k) {
    budget.alone.push_back({490 - k, 5 + k, 0.1});
    budget.cumulative.push_back({485 - k, 10 + k, 0.15});
  }
  budget.tuned = loihi2::BudgetEntry{494, 7, 0.2};
  const std::string html = budget_section(budget);
  CHECK_THAT(html, Contains("500 trials") && Contains("98.80") && Contains("0.1500"));
  for (const loihi2::Approximation a : loihi2::approximations)
    CHECK_THAT(html, Contains(std::string(loihi2::name(a))));
  budget.labelled = 0;
  const std::string unlabelled = budget_section(budget);
  CHECK_THAT(unlabelled, Contains("Same decision") && !Contains("accuracy (%)"));
}
