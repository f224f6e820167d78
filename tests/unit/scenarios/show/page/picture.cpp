// The picture of a run and its panels, of results written down by hand.
#include <catch2/catch.hpp>
#include <string>

#include <retrograde/scenarios/show/page/picture.hpp>

#include "tests/support/markup.hpp"
#include "tests/support/scratch.hpp"
#include "tests/support/worked_evaluation.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

TEST_CASE("the names of panels and the panels belong to each other") {
  for (const Panel panel : panels) {
    CHECK(panel_named(name(panel)) == panel);
    CHECK_FALSE(name(panel).empty());
  }
  CHECK_FALSE(panel_named("spectrum"));
}

TEST_CASE("the picture of a run has all of its panels, light and dark") {
  const WorkedEvaluation worked = worked_evaluation();
  const std::string svg = render_picture(worked.report(), std::nullopt);
  CHECK(markup_fault(svg) == "");
  CHECK(svg.starts_with("<svg xmlns="));
  CHECK_THAT(svg,
             Contains("Yin-Yang with learned delays") &&
                 Contains("seed 7, 60 epochs, best: 52, test accuracy 97.60 % of 1000 trials"));
  for (const char* text :
       {"Accuracy (%)", "Loss", "Decisions, test part", "hidden: 6.64 spikes, 3 of 5 silent",
        "Test trial 0, label: yang", "Weights: in-&gt;hidden", "Most wrong about, test part",
        "Test trial 17, label: dot", "prefers-color-scheme:dark"})
    CHECK_THAT(svg, Contains(text));
  CHECK(occurrences(svg, "no data") == 0);
}

TEST_CASE("a panel alone has its charts and no others") {
  const WorkedEvaluation worked = worked_evaluation();
  const auto drawn = [&](Panel panel) {
    CHECK(nothing_to_draw(worked.report(), panel) == "");
    const std::string svg = render_picture(worked.report(), panel);
    CHECK(markup_fault(svg) == "");
    CHECK(occurrences(svg, "no data") == 0);
    return svg;
  };
  CHECK_THAT(drawn(Panel::learning), Contains("Loss") && !Contains("Test trial"));
  CHECK_THAT(drawn(Panel::confusion), Contains("decision yin") && !Contains("Loss"));
  CHECK_THAT(drawn(Panel::activity), Contains("3 of 5 silent") && !Contains("decision yin"));
  // Spikes without voltages, and voltages without spikes.
  CHECK_THAT(drawn(Panel::raster), Contains("hidden") && !Contains(">voltage<"));
  CHECK_THAT(drawn(Panel::voltages),
             Contains(">voltage<") && Contains("out[1] (yang)") && !Contains("hidden"));
  CHECK_THAT(drawn(Panel::weights), Contains("Weights: in-&gt;hidden") && !Contains("Delays"));
  CHECK_THAT(drawn(Panel::wrong), Contains("Test trial 17") && !Contains("Test trial 0,"));
}

TEST_CASE("learned delays of every kind are one panel") {
  WorkedEvaluation worked = worked_evaluation();
  Scenario& scenario = worked.trained.scenario;
  scenario.learning = Learning::none(scenario.network);
  CHECK_THAT(nothing_to_draw(worked.report(), Panel::delays), Contains("no delays are learned"));
  CHECK_THAT(nothing_to_draw(worked.report(), Panel::weights), Contains("no weights are learned"));
  const ParameterLayout& layout = scenario.network.layout();
  scenario.learning.learned.set(layout.offset(ParameterKind::delay), 1);
  scenario.learning.learned.set(layout.offset(ParameterKind::axonal_delay) + 4, 1);
  scenario.learning.learned.set(layout.offset(ParameterKind::tau_mem) + 4, 1);
  CHECK(nothing_to_draw(worked.report(), Panel::delays) == "");
  CHECK_THAT(render_picture(worked.report(), Panel::delays), Contains("Delays: in-&gt;hidden") &&
                                                                 Contains("axonal_delay: hidden") &&
                                                                 !Contains("tau_mem"));
}

TEST_CASE("what there is nothing to draw of says why, and the picture leaves it out") {
  WorkedEvaluation worked = unlabelled_evaluation();
  CHECK_THAT(nothing_to_draw(worked.report(), Panel::confusion), Contains("no labels"));
  worked.trained.checkpoint.reset();
  worked.evaluation.samples.clear();
  worked.evaluation.worst.clear();
  worked.evaluation.exact.spikes.clear();
  for (const Panel panel : panels) {
    CAPTURE(name(panel));
    CHECK_FALSE(nothing_to_draw(worked.report(), panel).empty());
  }
  CHECK(markup_fault(render_picture(worked.report(), std::nullopt)) == "");
}
