#include <catch2/catch.hpp>
#include <limits>

#include <retrograde/scenarios/show/page/budget.hpp>
#include <retrograde/scenarios/show/plot/waterfall.hpp>

#include "tests/support/markup.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Contains;

TEST_CASE("a waterfall shows totals, changes with their signs and what steps do alone") {
  Waterfall chart;
  chart.title = "Accuracy <of> the chip";
  chart.steps = {{"exact", 99.0, true},
                 {"time grid", 98.0, false, 97.5},
                 {"one step of latency & more", 98.5, false, 99.0},
                 {"lost", std::numeric_limits<double>::quiet_NaN(), false},
                 {"chip", 98.5, true}};
  const std::string svg = render(chart);
  CHECK(markup_fault(svg) == "");
  CHECK_THAT(svg, Contains(">99.00<") && Contains(">-1.00<") && Contains(">+0.50<"));
  CHECK_THAT(svg, Contains("with this step alone") && Contains("time grid alone: 97.5"));
  CHECK_THAT(svg, !Contains("nan") && !Contains("lost"));
  chart.steps.clear();
  CHECK_THAT(render(chart), Contains("no data"));
}

TEST_CASE("the budget's part of a report has every step, and decisions where there are no labels") {
  ReportBudget budget;
  budget.trials = 500;
  budget.exact_accuracy = 0.99;
  budget.entries = {{"time grid", 0.97, 0.97, 0.02, 0.02, 0.1, 0.1},
                    {"8-bit weights", 0.985, 0.96, 0.01, 0.03, 0.05, 0.15}};
  budget.tuned = {"fine-tuned", 0, 0.988, 0, 0.015, 0, 0.2};
  const std::string html = budget_section(budget);
  CHECK_THAT(html, Contains("500 trials") && Contains("8-bit weights") && Contains("98.80") &&
                       Contains("0.1500"));
  budget.labelled = false;
  const std::string unlabelled = budget_section(budget);
  CHECK_THAT(unlabelled, Contains("Same decision") && !Contains("accuracy (%)"));
}
