#include <catch2/catch.hpp>
#include <limits>

#include <retrograde/scenarios/show/page/sections.hpp>
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
