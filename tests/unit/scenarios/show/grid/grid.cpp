// Table, document and picture of `retro grid`, of results written down by hand.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include <retrograde/scenarios/show/grid/json.hpp>
#include <retrograde/scenarios/show/grid/picture.hpp>
#include <retrograde/scenarios/show/grid/text.hpp>

#include "tests/support/markup.hpp"
#include "tests/support/two_ways.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

GridComparison worked() {
  GridComparison c;
  c.trials = c.labelled = 1000;
  c.exact = {0.0, 973, 1000, 0.25, 0.0004};
  c.steps = {{0.1, 972, 995, 0.2625, 0.0021}, {1.0, 940, 950, 0.375, 0.0002}};
  c.chip = GridEntry{1.0, 931, 940, 0.5, 0.0031};
  return c;
}

}  // namespace

TEST_CASE("the table of a grid has a row per step, and says from which on accuracy is lost") {
  const std::string text = grid_text("yin_yang", worked());
  CHECK_THAT(text, Contains("yin_yang, 1000 test trials, one thread"));
  CHECK_THAT(text, Contains("exact             97.30 %  96.10 .. 98.21         100.00 %"));
  CHECK_THAT(text,
             Contains("0.1 ms            97.20 %") && Contains("99.50 %") && Contains("2.1\n"));
  CHECK_THAT(text, Contains("1 ms              94.00 %") && Contains("0.2  *"));
  CHECK_THAT(text, Contains("1 ms, chip        93.10 %"));
  CHECK_THAT(text,
             Contains("Steps up to 0.1 ms do as well as exact time, from 1 ms on they do not."));
  GridComparison c = worked();
  c.tuned = true;
  c.steps[1] = c.steps[0];
  c.chip.reset();
  c.chip_refusal = "too large";
  CHECK_THAT(grid_text("x", c), Contains("no step changes the accuracy by more than chance") &&
                                    Contains("not on Loihi 2: too large"));
  c.steps = {worked().steps[1]};
  CHECK_THAT(grid_text("x", c), Contains("Every step costs accuracy"));
  c.labelled = 0;
  const std::string unlabelled = grid_text("x", c);
  CHECK_THAT(unlabelled, !Contains("chance") && !Contains("costs accuracy") && Contains("95.00 %"));
}

TEST_CASE("the document of a grid has the fields of the manual") {
  const Scenario scenario = two_ways();
  const auto d = nlohmann::json::parse(json_grid(scenario, worked()).dump());
  CHECK(d["schema"] == "retrograde.grid/1");
  CHECK(d["part"] == "test");
  CHECK(d["trials"] == 1000);
  CHECK(d["labelled"] == 1000);
  CHECK(d["exact"]["step_ms"].is_null());
  CHECK(d["exact"]["accuracy"] == 0.973);
  CHECK(d["exact"]["differs"] == false);
  REQUIRE(d["steps"].size() == 2);
  CHECK(d["steps"][1]["step_ms"] == 1.0);
  CHECK(d["steps"][1]["accuracy"] == 0.94);
  CHECK(d["steps"][1]["agreement"] == 0.95);
  CHECK(d["steps"][1]["differs"] == true);
  CHECK(d["steps"][1]["loss"] == 0.375);
  CHECK(d["steps"][1]["seconds"] == 0.0002);
  for (const char* bounds : {"accuracy_bounds", "agreement_bounds"}) {
    REQUIRE(d["steps"][1][bounds].size() == 2);
    CHECK(d["steps"][1][bounds][0] < d["steps"][1][bounds][1]);
  }
  CHECK(d["steps"][1]["accuracy_bounds"][0] < 0.94);
  CHECK(d["chip"]["name"] == "loihi2");
  CHECK(d["chip"]["tuned"] == false);
  CHECK(d["chip_refusal"].is_null());
  GridComparison c = worked();
  c.labelled = 0;
  c.chip.reset();
  c.chip_refusal = "too large";
  const auto u = nlohmann::json::parse(json_grid(scenario, c).dump());
  CHECK(u["exact"]["accuracy"].is_null());
  CHECK(u["exact"]["accuracy_bounds"].is_null());
  CHECK(u["exact"]["differs"].is_null());
  CHECK(u["exact"]["agreement"] == 1.0);
  CHECK(u["chip"].is_null());
  CHECK(u["chip_refusal"] == "too large");
}

TEST_CASE("the picture of a grid has both charts, the exact values and the chip") {
  const std::string svg = grid_picture("a <b>", worked());
  CHECK(svg.starts_with("<svg xmlns"));
  CHECK_THAT(svg, Contains("a &lt;b&gt;: 1000 test trials") && Contains("exact: 97.30 %") &&
                      Contains("exact: 0.4 ms") && Contains("accuracy on Loihi 2") &&
                      Contains("decides as exactly") && Contains("processor time (ms)"));
  CHECK_THAT(svg, Contains("accuracy in steps, step 1: 94 %"));
  CHECK_THAT(svg, Contains("in steps, step 0.1: 2.1 ms"));
  CHECK_THAT(svg, !Contains("nan") && !Contains("inf\""));
  GridComparison c = worked();
  c.labelled = 0;
  CHECK_THAT(grid_picture("x", c), !Contains("accuracy") && Contains("decides as exactly"));
  c.steps.clear();
  CHECK_THAT(grid_picture("x", c), Contains("no data"));
}
