#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <retrograde/scenarios/show/page/report.hpp>

#include "tests/support/markup.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

ReportData plausible() {
  ReportData data;
  data.title = "Yin-Yang with learned delays";
  data.classes = {"yin", "yang", "dot"};
  data.test_samples = 1000;
  data.test_accuracy = 0.976;
  data.confusion.counts = {341, 5, 4, 0, 6, 308, 2, 0, 3, 4, 327, 0};
  for (std::uint32_t e = 1; e <= 60; ++e) {
    EpochMetrics m;
    m.epoch = e;
    m.train_loss = 1.0 / e;
    m.validation_loss = 1.1 / e;
    m.train_accuracy = 1 - 0.5 / e;
    m.validation_accuracy = 0.98 - 0.5 / e;
    m.spikes_per_neuron = 1.1;
    m.rate_factor = std::pow(0.99, e);
    m.grazing.smallest_slope = 1e-3;
    data.epochs.push_back(m);
  }
  data.best_epoch = 52;
  ReportSample sample;
  sample.caption = "Test sample 17.";
  sample.label = "yang";
  sample.decision = "yang";
  sample.decision_time = 21.4;
  sample.duration = 40;
  sample.bands = {{"input", 4, {7.2, 14.7}, {0, 1}}, {"output", 3, {21.4}, {1}}};
  sample.traces = {{"output[1]", {0, 20, 40}, {0, 0.9, 0.2}}};
  sample.threshold = 1;
  data.sample = sample;
  data.weights = {{"input to hidden", {1, 2, 3}, {2, 3, 4}}};
  data.delays = {{"input to hidden", {0, 0, 0}, {0.5, 1, 2}}};
  ReportChip chip;
  chip.name = "Loihi 2";
  chip.step = 0.1;
  chip.accuracy = 0.972;
  chip.agreement = 0.984;
  chip.confusion.counts = {339, 6, 4, 1, 7, 306, 3, 0, 4, 4, 326, 0};
  chip.layers = {{"hidden", 33.2, 32.4}};
  chip.registers = {{"hidden u", -120344, 734112, 24}, {"hidden v", 0, 8388607, 24}};
  chip.synapses = 2100;
  chip.clipped_weights = 3;
  chip.warnings = {"3 weights were clipped."};
  data.chip = chip;
  data.training_seconds = 252;
  data.forward_rate = 31.4e6;
  data.backward_rate = 22.1e6;
  data.facts = {{"Scenario", "yin_yang_delays"}, {"Seed", "1"}};
  data.scenario_text = "[scenario]\nname = \"yin_yang_delays\"\n";
  data.notes = {"The best epoch was evaluated."};
  return data;
}

}  // namespace

TEST_CASE("a report shows the numbers of its run and nothing is missing") {
  const std::string page = render_report(plausible());
  CHECK(markup_fault(page) == "");
  CHECK_THAT(page,
             Contains("97.60<span> %") && Contains("97.20<span> %") && Contains("98.40<span> %"));
  CHECK_THAT(page,
             Contains("−0.40 points against exact") && Contains("4 min 12 s") && Contains("31.4M"));
  CHECK_THAT(page, Contains("decides 97.60 % of 1000 test samples correctly"));
  CHECK_THAT(page, Contains("3 of 2100 (0.14 %)") && Contains("3 weights were clipped."));
  CHECK_THAT(page, Contains("yin_yang_delays") && Contains("The best epoch was evaluated."));
  for (const char* heading :
       {"How it learned", "One sample on its way", "Where it is right", "What training changed",
        "On the chip", "How to get this run again"}) {
    CHECK_THAT(page, Contains(heading));
  }
  // 734112 takes 20 bits and a sign, 8388607 all 23 and a sign.
  CHECK_THAT(page,
             Contains("21 of 24") && Contains("class=\"meter full\" title=\"24 of 24 bits\""));
}

TEST_CASE("a report asks nothing from elsewhere and runs nothing") {
  const std::string page = render_report(plausible());
  for (const char* what :
       {"http:", "https:", "<script", "<link", "<img", "@import", "url(", "src="}) {
    CAPTURE(what);
    CHECK(occurrences(page, what) == 0);
  }
}

TEST_CASE("a report without chip, test set, sample or training leaves those sections out") {
  ReportData data = plausible();
  data.chip.reset();
  data.sample.reset();
  data.delays.clear();
  const std::string page = render_report(data);
  CHECK(markup_fault(page) == "");
  CHECK(occurrences(page, "On the chip") == 0);
  CHECK(occurrences(page, "Agreement") == 0);
  CHECK(occurrences(page, "One sample") == 0);

  data.test_accuracy.reset();
  CHECK_THAT(render_report(data), Contains("Validation accuracy"));
  data.has_validation = false;
  CHECK(occurrences(render_report(data), "alidation") == 0);

  const std::string empty = render_report({});
  CHECK(markup_fault(empty) == "");
  CHECK_THAT(empty, Contains("Untitled run") && Contains("Nothing has been trained yet"));
  CHECK(markup_fault(render_report_figure({})) == "");
}

TEST_CASE("a report escapes everything that a user can name") {
  const std::string evil = "</title><script>\"&'\xff";
  ReportData data = plausible();
  data.title = data.summary = data.scenario_text = evil;
  data.classes = {evil, evil, evil};
  data.sample->caption = data.sample->label = data.sample->decision = evil;
  data.sample->bands[0].name = data.sample->traces[0].name = evil;
  data.weights[0].name = data.delays[0].name = evil;
  data.chip->name = data.chip->layers[0].name = data.chip->registers[0].name = evil;
  data.chip->facts = data.facts = {{evil, evil}};
  data.chip->warnings = data.warnings = data.notes = {evil};
  for (const std::string& page : {render_report(data), render_report_figure(data)}) {
    CHECK(markup_fault(page) == "");
    CHECK(occurrences(page, "<script") == 0);
    CHECK(occurrences(page, "\xff") == 0);
  }
}

TEST_CASE("a report survives numbers that are none") {
  const double not_a_number = std::numeric_limits<double>::quiet_NaN();
  ReportData data = plausible();
  data.test_accuracy = not_a_number;
  data.training_seconds = not_a_number;
  data.forward_rate = std::numeric_limits<double>::infinity();
  for (EpochMetrics& m : data.epochs) {
    m.train_loss = m.grazing.smallest_slope = not_a_number;
    m.validation_accuracy = not_a_number;
  }
  data.sample->decision_time = not_a_number;
  data.weights[0].after = {not_a_number, not_a_number};
  data.confusion.counts = {1, 2};
  data.chip->registers = {
      {"x", std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(), 0}};
  CHECK(markup_fault(render_report(data)) == "");
}

TEST_CASE("a report of a large run stays below three megabytes and says what it left out") {
  ReportData data = plausible();
  data.scenario_text = std::string(5'000'000, '<');
  EpochMetrics metrics = data.epochs.back();
  for (; metrics.epoch < 20000; ++metrics.epoch) data.epochs.push_back(metrics);
  data.classes.assign(40, "a class");
  data.confusion.counts.assign(40 * 41, 7);
  data.chip->confusion = data.confusion;
  ReportSample::Band band{"big", 5000, {}, {}};
  for (std::uint32_t i = 0; i < 400000; ++i) {
    band.times.push_back(i * 1e-4);
    band.neurons.push_back(i % 5000);
  }
  data.sample->bands.assign(10, band);
  data.sample->traces.assign(100, {"trace", band.times, band.times});
  std::vector<double> values;
  for (int i = 0; i < 300000; ++i) values.push_back(std::sin(i));
  data.weights.assign(30, {"projection", values, values});
  const std::string page = render_report(data);
  CHECK(page.size() < 3'000'000);
  CHECK(markup_fault(page) == "");
  CHECK_THAT(page, Contains("more bytes") && Contains("more projections are not shown") &&
                       Contains("spikes. ") && Contains("voltages. "));
}

TEST_CASE("the figure of a report is an SVG file of its own") {
  const std::string svg = render_report_figure(plausible());
  CHECK(markup_fault(svg) == "");
  CHECK(svg.starts_with("<svg xmlns="));
  CHECK_THAT(svg, Contains("Accuracy (%)") && Contains("Label: yang, decision: yang") &&
                      Contains("prefers-color-scheme"));
}
