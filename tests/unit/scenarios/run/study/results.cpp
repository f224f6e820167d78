// Means, tables and pictures of a study, from results written down by hand.
#include <catch2/catch.hpp>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include <retrograde/scenarios/run/study/results.hpp>
#include <retrograde/scenarios/show/json/study.hpp>
#include <retrograde/scenarios/show/plot/study_chart.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>
#include <retrograde/scenarios/show/text/study.hpp>

#include "tests/support/markup.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

StudyResult result(double test, double validation) {
  StudyResult r;
  r.parameters = 35;
  r.epochs = 10;
  r.best_epoch = 7;
  r.test_accuracy = test;
  r.validation_accuracy = validation;
  r.test_loss = 1 - test;
  r.validation_loss = 1 - validation;
  return r;
}

// Two sizes, listed downwards, with and without delays, two seeds; one run failed, one is missing.
Study study() {
  Study s;
  s.name = "x";
  s.labelled = s.has_validation = true;
  s.part = "test";
  s.trials = 60;
  s.spec.seeds = {1, 2};
  s.spec.axes = {{"size", {"20", "5"}, {20, 5}, ""},
                 {"a \"b\", c", {"fixed", "<learned>"}, {}, ""}};
  for (const std::uint64_t seed : s.spec.seeds)
    for (std::size_t k = 0; k < 4; ++k) {
      StudyRun run;
      run.values = s.spec.combination(k);
      run.seed = seed;
      run.name = s.spec.run_name(run.values, seed);
      run.epochs = 10;
      s.runs.push_back(run);
    }
  s.runs[0].result = result(0.8, 0.7);  // 20, fixed
  s.runs[4].result = result(0.9, 0.8);
  s.runs[1].result = result(0.95, 0.9);  // 20, learned
  s.runs[5].result = StudyResult{};
  s.runs[5].result->failure = "it blew up, \"so\" to say";
  s.runs[2].result = result(0.5, 0.4);  // 5, fixed
  s.runs[6].result = result(0.5, 0.6);
  return s;  // 5, learned: nothing
}

}  // namespace

TEST_CASE("a statistic is mean, deviation of the sample and range") {
  const StudyStatistic none = statistic({}), one = statistic({3.0}), some = statistic({2, 4, 9});
  CHECK(none.count == 0);
  CHECK(one.mean == 3.0);
  CHECK(one.deviation == 0.0);
  CHECK(some.mean == 5.0);
  CHECK(some.deviation == Approx(std::sqrt(13.0)));  // (9 + 1 + 16) / 2
  CHECK(some.lowest == 2.0);
  CHECK(some.highest == 9.0);
}

TEST_CASE("rows take the mean over seeds and leave failed and missing runs out") {
  const Study s = study();
  CHECK(s.finished() == 6);
  CHECK(s.failed());
  const auto rows = study_rows(s);
  REQUIRE(rows.size() == 4);
  CHECK(rows[0].score.mean == Approx(0.85));
  CHECK(rows[0].score.deviation == Approx(0.1 / std::sqrt(2.0)));
  CHECK(rows[0].validation.mean == Approx(0.75));
  CHECK(rows[0].parameters == 35);
  CHECK(rows[1].score.count == 1);
  CHECK(rows[1].failed == 1);
  CHECK(rows[3].score.count == 0);
}

TEST_CASE("the best combination is the one of validation, without it of the judged part") {
  Study s = study();
  // Row 0 has a validation accuracy of 0.95 and one of 0.85 on the test part, row 1 the other way
  // round, 0.9 and 0.95; row 2 is worse on both, row 3 is empty.
  s.runs[0].result = result(0.8, 0.94);
  s.runs[4].result = result(0.9, 0.96);
  const auto best = [](const Study& study) {
    const auto rows = study_rows(study);
    const StudyRow* row = best_row(study, rows);
    return row == nullptr ? -1 : static_cast<int>(row - rows.data());
  };
  CHECK(best(s) == 0);
  s.has_validation = false;
  CHECK(best(s) == 1);
  // Without labels the smaller loss, 1 - accuracy here.
  s.labelled = false;
  CHECK(best(s) == 1);
  s.has_validation = true;
  CHECK(best(s) == 0);
  // best = "loss": row 1 has the smaller one.
  s.labelled = true;
  s.runs[1].result->validation_loss = 0.01;
  CHECK(best(s) == 0);
  s.best = BestBy::loss;
  CHECK(best(s) == 1);
  s.has_validation = false;
  CHECK(best(s) == 1);
  s.best = BestBy::accuracy;
  for (StudyRun& run : s.runs) run.result.reset();
  CHECK(best(s) == -1);
}

TEST_CASE("how many trials judge a run is a number, or a range where data sets differ") {
  Study s = study();
  CHECK(trial_range(s) == "60");
  s.most_trials = 60;
  CHECK(trial_range(s) == "60");
  s.most_trials = 80;
  CHECK(trial_range(s) == "60 to 80");
}

TEST_CASE("the table has a line per combination, in columns") {
  std::istringstream table(study_table(study()));
  std::vector<std::string> lines;
  for (std::string line; std::getline(table, line);) lines.push_back(line);
  REQUIRE(lines.size() == 5);
  CHECK_THAT(lines[0], Contains("size") && Contains("lowest") && Contains("validation"));
  CHECK_THAT(lines[1], Contains("20") && Contains("85.00 ± 7.07 %") && Contains("80.00 %"));
  CHECK_THAT(lines[2], Contains("1, 1 failed") && Contains("95.00 %"));
  CHECK_THAT(lines[4], Contains("<learned>") && Contains("-"));
  // Columns: the runs stand under their heading.
  CHECK(lines[1].find(" 2 ") + 2 == lines[0].find("runs") + 4);
}

TEST_CASE("the CSV has a row per finished run, combination after combination, with quotes") {
  std::istringstream csv(study_csv(study()));
  std::vector<std::string> lines;
  for (std::string line; std::getline(csv, line);) lines.push_back(line);
  REQUIRE(lines.size() == 7);
  CHECK_THAT(lines[0], Catch::StartsWith("size,\"a \"\"b\"\", c\",seed,parameters,"));
  CHECK_THAT(lines[1], Catch::StartsWith("20,fixed,1,35,10,7,"));
  CHECK_THAT(lines[2], Catch::StartsWith("20,fixed,2,"));
  CHECK_THAT(lines[4], Catch::EndsWith(",\"it blew up, \"\"so\"\" to say\""));
  const auto commas = [](const std::string& line) {
    bool quoted = false;
    std::size_t count = 0;
    for (const char c : line) {
      if (c == '"') quoted = !quoted;
      count += c == ',' && !quoted;
    }
    return count;
  };
  for (const std::string& line : lines) CHECK(commas(line) == commas(lines[0]));
}

TEST_CASE("the JSON has axes, means and runs, and null where there is nothing") {
  const auto document = study_json(study());
  CHECK(document["schema"] == "retrograde.study/1");
  CHECK(document["axes"][0]["values"] == nlohmann::json({"20", "5"}));
  REQUIRE(document["combinations"].size() == 4);
  const auto& first = document["combinations"][0];
  CHECK(first["values"]["size"] == "20");
  CHECK(first["score"]["mean"].get<double>() == Approx(0.85));
  CHECK(first["runs"].size() == 2);
  CHECK(first["runs"][0]["folder"] == "runs/20_fixed_seed-1");
  CHECK(document["combinations"][1]["runs"][1]["failure"] == "it blew up, \"so\" to say");
  CHECK(document["combinations"][3]["score"].is_null());
}

TEST_CASE("lines of a study can be told apart where they lie on each other") {
  const LineChart chart = study_chart(study());
  REQUIRE(chart.series.size() == 2);
  const Series &a = chart.series[0], &b = chart.series[1];
  CHECK(a.dash != b.dash);
  CHECK(a.mark != b.mark);
  CHECK(a.color != b.color);
  CHECK(b.aside - a.aside >= 2);
}

TEST_CASE("a study on the chip has what the chip does as columns, fields and dashed lines") {
  Study s = study();
  s.on_chip = true;
  for (StudyRun& run : s.runs)
    if (run.result && run.result->failure.empty())
      run.result->chip = StudyOnChip{run.result->test_accuracy - 0.125, 0.75, ""};
  s.runs[6].result->chip = StudyOnChip{0, 0, "too large"};  // 5, fixed, seed 2

  std::istringstream table(study_table(s));
  std::vector<std::string> lines;
  for (std::string line; std::getline(table, line);) lines.push_back(line);
  CHECK_THAT(lines[0], Contains("test on the chip") && Contains("same decision"));
  CHECK_THAT(lines[1], Contains("85.00 ± 7.07 %") && Contains("72.50 ± 7.07 %") &&
                           Contains("75.00 ± 0.00 %"));
  CHECK_THAT(lines[3], Contains("37.50 %, 1 refused"));

  const std::string csv = study_csv(s);
  CHECK_THAT(csv,
             Contains(",test_loss,spikes_per_neuron,chip_accuracy,chip_agreement,chip_spikes,"));
  CHECK_THAT(csv, Contains("20,fixed,1,35,10,7,") && Contains(",0.675,0.75,,,,,,,,,\n"));

  const auto document = study_json(s);
  const auto& first = document["combinations"][0];
  CHECK(first["score"]["mean"].get<double>() == Approx(0.85));
  CHECK(first["chip"]["accuracy"]["mean"].get<double>() == Approx(0.725));
  CHECK(first["chip"]["agreement"]["mean"] == 0.75);
  CHECK(first["runs"][0]["chip"]["accuracy"] == 0.8 - 0.125);
  CHECK(document["combinations"][2]["chip"]["refused"] == 1);
  CHECK(document["combinations"][2]["runs"][1]["chip"]["refusal"] == "too large");

  const LineChart chart = study_chart(s);
  REQUIRE(chart.series.size() == 4);
  CHECK(chart.series[0].name == "fixed, exact");
  CHECK(chart.series[1].name == "fixed, on the chip");
  CHECK(chart.series[0].dash == 0);
  CHECK(chart.series[1].dash == 1);
  CHECK(chart.series[0].y[1] == Approx(85.0));
  CHECK(chart.series[1].y[1] == Approx(72.5));
}

TEST_CASE("the chart has a line per value of the second axis over the numbers of the first") {
  LineChart chart = study_chart(study());
  REQUIRE(chart.series.size() == 2);
  CHECK(chart.series[0].name == "fixed");
  CHECK(chart.series[0].x == std::vector<double>{5, 20});  // ascending, however listed
  CHECK(chart.series[0].y[1] == Approx(85.0));
  CHECK(chart.series[0].spread[1] == Approx(10.0 / std::sqrt(2.0)));
  CHECK(chart.series[1].x == std::vector<double>{20});
  const std::string svg = render(chart);
  CHECK(markup_fault(svg) == "");
  CHECK_THAT(svg, Contains("&lt;learned&gt;"));
  CHECK(markup_fault(standalone_svg(svg)) == "");
}

TEST_CASE("numbers of further axes are called in the legend what they are of") {
  Study s = study();
  s.spec.axes[1] = {"population.in.spikes.rate", {"5 Hz", "10 Hz"}, {5, 10}, "Hz"};
  CHECK(study_chart(s).series[0].name == "in.spikes.rate 5 Hz");
  s.spec.axes[1] = {"noise", {"0.5", "-1"}, {0.5, -1}, ""};
  CHECK(study_chart(s).series[1].name == "noise -1");
  s.spec.axes[1] = {"learned", {"weights", "absent"}, {}, ""};
  CHECK(study_chart(s).series[0].name == "weights");
  CHECK(study_chart(s).series[1].name == "learned absent");
}

TEST_CASE("what every table of trainings has is not there twice") {
  Study s = study();
  s.kind.ordinates = {"test_accuracy", "epochs"};
  const auto metrics = table_metrics(s, 2);
  REQUIRE(metrics.size() == 1);
  CHECK(metrics[0].name == "epochs");
}

TEST_CASE("a metric is told with the decimals of its deviation, a share in percent") {
  const StudyMetric rate{"rate", "rate", "Hz"}, share{"silent.a", "silent share of a", "%"};
  CHECK(metric_text(rate, statistic({})) == "-");
  CHECK(metric_text(rate, statistic({12.345})) == "12.35");
  CHECK(metric_text(rate, statistic({9, 12.5, 8.3})) == "9.9 ± 2.3");
  CHECK(metric_text(rate, statistic({0.1, 0.1012})) == "0.10060 ± 0.00085");
  CHECK(metric_text(rate, statistic({900, 1100})) == "1000 ± 141");
  CHECK(metric_text(rate, statistic({2, 2})) == "2 ± 0");
  CHECK(metric_text(share, statistic({0.25, 0.75})) == "50.00 ± 35.36 %");
}

TEST_CASE("values in equal steps lie on a straight axis, others that go far on a logarithmic one") {
  Study s = study();
  s.spec.axes[0] = {"size", {"1", "50"}, {1, 50}, ""};
  CHECK(study_chart(s).x.log);
  s.spec.axes = {{"scale", {}, {}, ""}};
  s.runs.clear();
  for (int k = 1; k <= 30; ++k) {
    s.spec.axes[0].labels.push_back(std::to_string(k));
    s.spec.axes[0].numbers.push_back(0.1 * k);
  }
  CHECK_FALSE(study_chart(s).x.log);
  s.spec.axes[0].numbers[3] = 0.45;
  CHECK(study_chart(s).x.log);
}

TEST_CASE("accuracies near 100 % get an axis that ends there, others do not") {
  LineChart chart;
  chart.series = {{"a", {1, 2}, {70, 95}, -1, false, {1, 6}}};
  end_at_hundred(chart);
  CHECK(chart.y.high == 100.0);
  const std::string svg = render(chart);
  CHECK(markup_fault(svg) == "");
  CHECK(occurrences(svg, ">105<") == 0);
  LineChart low;
  low.series = {{"a", {1, 2}, {30, 60}}};
  end_at_hundred(low);
  CHECK_FALSE(low.y.high);
}

TEST_CASE("without numbers the chart has names, without axes one position, without labels losses") {
  Study s = study();
  s.spec.axes[0].numbers.clear();
  const std::string svg = render(study_chart(s));
  CHECK(markup_fault(svg) == "");
  CHECK_THAT(svg, Contains(">20<") && Contains(">5<"));
  s.labelled = false;
  CHECK(study_chart(s).series[0].y[0] == Approx(0.15));
  CHECK_THAT(study_table(s), Contains("0.15 ± 0.071"));

  Study bare;
  bare.name = "bare";
  bare.labelled = true;
  bare.part = "test";
  bare.spec.seeds = {1};
  bare.runs.resize(1);
  bare.runs[0].result = result(0.5, 0.5);
  CHECK_THAT(render(study_chart(bare)), Contains(">bare<"));
  CHECK(study_rows(bare).size() == 1);
}
