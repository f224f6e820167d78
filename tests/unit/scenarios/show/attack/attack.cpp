// Table, document and picture of an attack, of results written down by hand.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include <retrograde/scenarios/show/attack/picture.hpp>
#include <retrograde/scenarios/show/attack/text.hpp>

#include "tests/support/markup.hpp"
#include "tests/support/two_ways.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

Robustness worked() {
  Robustness r;
  r.spec.norm = AttackNorm::linf;
  r.spec.epsilons = {0.0, 0.5};
  r.spec.steps = 10;
  r.spec.restarts = 1;
  r.spec.seed = 7;
  r.unit = "ms";
  r.inputs = "test trial";
  r.attacked = "times of input spikes";
  r.of_margin = "mean V";
  r.count = 200;
  r.curves.push_back(
      {"exact",
       false,
       {{0.0, {196, 200}, Share{196, 200}, Share{196, 200}, {0, 200}, 1.5, 0.0},
        {0.5, {120, 200}, Share{131, 200}, Share{173, 200}, {3, 200}, -0.25, 0.375}}});
  AttackCurve chip{"Loihi 2", true, {}};
  chip.radii.resize(2);
  chip.radii[0].right = {190, 200};
  chip.radii[1].epsilon = 0.5;
  chip.radii[1].right = {125, 200};
  r.curves.push_back(chip);
  r.remarks = {"Something else."};
  return r;
}

}  // namespace

TEST_CASE("the table of an attack has a row per radius of every curve, and what weaker ones do") {
  const std::string text = attack_text("yin_yang", worked());
  CHECK_THAT(text, Contains("yin_yang, 200 test trials under attack: times of input spikes, each "
                            "within the radius, 10 steps, 1 random restart"));
  // Wilson's interval of 120 of 200 is 53.08 to 66.54 %.
  CHECK_THAT(text, Contains("0.5 ms    60.00 %  53.08 .. 66.54      65.50 %    86.50 %     1.50 "
                            "%       -0.25       0.375"));
  CHECK_THAT(text, Contains("Loihi 2, under what an attack on another one has found"));
  CHECK_THAT(text, Contains("0.5 ms    62.50 %  55.61 .. 68.91\n"));
  CHECK_THAT(text, Contains("margin: mean V") && Contains("\nSomething else.\n"));
  CHECK_THAT(text, !Contains("warning"));
  Robustness r = worked();
  r.spec.norm = AttackNorm::l2;
  r.unit = "";
  r.curves[0].radii[1].right.part = 199;
  const std::string l2 = attack_text("x", r);
  CHECK_THAT(l2, Contains("l2 ball") && Contains("         0.5    99.50 %"));
  CHECK_THAT(l2, Contains("warning: at 0.5 more are right than at the radius before") &&
                     Contains("warning: at 0.5 one step does more than many") &&
                     Contains("warning: at 0.5 random points do as much as the gradient"));
  CHECK_THAT(masking_text({MaskingSign::vanished, 2.0}, "ms"),
             Contains("at 2 ms the gradient is 0 for more than a tenth"));
}

TEST_CASE("the document of an attack has the fields of the manual") {
  const auto d = nlohmann::json::parse(json_attack(two_ways(), worked()).dump());
  CHECK(d["schema"] == "retrograde.attack/1");
  CHECK(d["inputs"] == "test trial");
  CHECK(d["count"] == 200);
  CHECK(d["attacked"] == "times of input spikes");
  CHECK(d["unit"] == "ms");
  CHECK(d["norm"] == "linf");
  CHECK(d["steps"] == 10);
  CHECK(d["restarts"] == 1);
  CHECK(d["attack_seed"] == 7);
  CHECK(d["margin"] == "mean V");
  CHECK(d["remarks"] == nlohmann::json{"Something else."});
  REQUIRE(d["curves"].size() == 2);
  const auto& exact = d["curves"][0];
  CHECK(exact["name"] == "exact");
  CHECK(exact["transferred"] == false);
  CHECK(exact["warnings"].empty());
  REQUIRE(exact["radii"].size() == 2);
  const auto& at = exact["radii"][1];
  CHECK(at["epsilon"] == 0.5);
  CHECK(at["attacked"]["right"] == 120);
  CHECK(at["attacked"]["of"] == 200);
  CHECK(at["attacked"]["accuracy"] == 0.6);
  CHECK(at["attacked"]["bounds"][0].get<double>() == Approx(0.5308).margin(5e-5));
  CHECK(at["attacked"]["bounds"][1].get<double>() == Approx(0.6654).margin(5e-5));
  CHECK(at["one_step"]["right"] == 131);
  CHECK(at["random"]["right"] == 173);
  CHECK(at["vanished"] == 0.015);
  CHECK(at["margin"] == -0.25);
  CHECK(at["change"] == 0.375);
  const auto& chip = d["curves"][1]["radii"][1];
  CHECK(chip["attacked"]["right"] == 125);
  for (const char* key : {"one_step", "random", "vanished", "margin", "change"})
    CHECK(chip[key].is_null());
  Robustness r = worked();
  r.spec.norm = AttackNorm::l2;
  r.unit = "";
  r.curves[0].radii[1].random = Share{100, 200};
  const auto l2 = json_attack(two_ways(), r);
  CHECK(l2["norm"] == "l2");
  CHECK(l2["unit"].is_null());
  CHECK(l2["curves"][0]["warnings"] ==
        nlohmann::ordered_json::array({{{"sign", "random"}, {"epsilon", 0.5}}}));
}

TEST_CASE(
    "the picture of an attack has a line per curve, and random points where one is attacked") {
  const std::string svg = attack_picture("<yin>", worked());
  CHECK(markup_fault(svg).empty());
  CHECK_THAT(svg, Contains("&lt;yin&gt;: 200 test trials under attack") && Contains(">exact<") &&
                      Contains(">Loihi 2<") && Contains(">random in its place<") &&
                      Contains("radius of the attack, of each value (ms)"));
  Robustness r = worked();
  r.curves[1].transferred = false;
  r.spec.norm = AttackNorm::l2;
  r.unit = "";
  const LineChart chart = attack_chart("t", r);
  CHECK(chart.series.size() == 2);
  CHECK(chart.x.label == "radius of the attack, l2");
  CHECK(chart.series[0].y[1] == 60.0);
  CHECK(chart.series[0].spread[1] == Approx(6.54).margin(0.01));
  CHECK(chart.series[0].spread_below[1] == Approx(6.92).margin(0.01));
}
