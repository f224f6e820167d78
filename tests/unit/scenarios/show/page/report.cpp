// The page of a training, of results written down by hand with a different number in every place.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <retrograde/scenarios/show/page/report.hpp>

#include "tests/support/markup.hpp"
#include "tests/support/scratch.hpp"
#include "tests/support/two_ways.hpp"
#include "tests/support/worked_evaluation.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

TEST_CASE("a report shows the numbers of its run and nothing is missing") {
  const WorkedEvaluation worked = worked_evaluation();
  const std::string page = render_report(worked.report());
  CHECK(markup_fault(page) == "");
  CHECK_THAT(page,
             Contains("97.60<span> %") && Contains("97.20<span> %") && Contains("98.40<span> %"));
  CHECK_THAT(page,
             Contains("−0.40 points against exact") && Contains("4 min 12 s") && Contains("31.4M"));
  CHECK_THAT(page, Contains("decides 97.60 % of 1000 test samples correctly"));
  CHECK_THAT(page, Contains("3 of 2100 (0.14 %)") && Contains("3 weights were clipped"));
  CHECK_THAT(page, Contains("yin_yang_delays") && Contains("60 (best: 52)"));
  for (const char* heading :
       {"How it learned", "Samples on their way", "Where it is right",
        "What it is most wrong about", "How active its layers are", "What training changed",
        "On the chip", "What each step to the chip costs", "Does it fit",
        "How to get this run again"}) {
    CHECK_THAT(page, Contains(heading));
  }
  // 734112 takes 20 bits and a sign, 8388607 all 23 and a sign.
  CHECK_THAT(page,
             Contains("21 of 24") && Contains("class=\"meter full\"><i style=\"width:100.0%\""));
  // The bar is the share of the range, not of the bits: 21 of 24 bits are a twelfth of it.
  CHECK_THAT(page, Contains("8.8 %</td>") && Contains("style=\"width:8.8%\""));
}

TEST_CASE("a report shows the values that were learned, and no others") {
  WorkedEvaluation worked = worked_evaluation();
  Scenario& scenario = worked.trained.scenario;
  scenario.learning = Learning::none(scenario.network);
  CHECK(occurrences(render_report(worked.report()), "What training changed") == 0);
  const ParameterLayout& layout = scenario.network.layout();
  // The two neurons of the second population: its time constant, and no weight.
  const Population& p = scenario.network.populations()[1];
  const std::size_t first = layout.offset(ParameterKind::tau_mem) + p.first;
  scenario.learning.learned.set(first, 1);
  const std::string page = render_report(worked.report());
  CHECK_THAT(page, Contains("tau_mem: " + p.name) && Contains("tau_mem (ms)"));
  CHECK(occurrences(page, "Weights: ") == 0);
  CHECK(occurrences(page, "Delays: ") == 0);
}

TEST_CASE("a report has exact numbers on the left and the chip's on the right") {
  const WorkedEvaluation worked = worked_evaluation();
  const std::string page = render_report(worked.report());
  const auto row = [](const char* name, const char* exact, const char* chip) {
    return std::string("<td class=\"text\">") + name + "</td><td>" + exact + "</td><td>" + chip +
           "</td>";
  };
  CHECK_THAT(page, Contains(row("Accuracy", "97.60 %", "97.20 %")));
  CHECK_THAT(page, Contains(row("Spikes per sample, hidden", "33.21", "32.43")));
  CHECK_THAT(page, Contains(row("Spikes per sample, out", "1.02", "0.99")));
  // Of the error budget: 780, 779 and 777 of 900 are right.
  CHECK_THAT(page, Contains("one approximation after the other, on 900 trials"));
  CHECK_THAT(page, Contains("<td>86.56</td><td>0.11</td><td>0.0100</td><td>86.33</td><td>0.33</td>"
                            "<td>0.0200</td>"));
}

TEST_CASE("a report lists what the network is most wrong about, with its margin") {
  WorkedEvaluation worked = worked_evaluation();
  worked.trained.scenario.loss = two_ways().loss;  // the first spike decides
  const std::string page = render_report(worked.report());
  CHECK_THAT(page, Contains("<th>trial</th><th>label</th><th>decision</th><th>loss</th>"
                            "<th>margin (ms)</th>"));
  CHECK_THAT(page, Contains("<td>17</td><td>dot</td><td>yin</td><td>3.25</td><td>-1.5</td>") &&
                       Contains("<td>4</td><td>yang</td><td>yang, right</td><td>0.125</td>"));
  CHECK_THAT(page, Contains("after them the right ones that cost most. Margin: by how much the"));
  worked.evaluation.worst.pop_back();
  CHECK_THAT(render_report(worked.report()), !Contains("after them the right ones"));
}

TEST_CASE("a report shows how active each layer is, and how many neurons are silent") {
  const WorkedEvaluation worked = worked_evaluation();
  const std::string page = render_report(worked.report());
  CHECK_THAT(page, Contains("hidden: 6.64 spikes, 3 of 5 silent") &&
                       Contains("out: 0.34 spikes, 0 of 3 silent"));
  CHECK_THAT(page, !Contains("in: 1.00 spikes"));
}

TEST_CASE("a report shows a trial that is decided wrongly beside the first") {
  const WorkedEvaluation worked = worked_evaluation();
  const std::string page = render_report(worked.report());
  CHECK_THAT(page, Contains("Test trial 0, label: yang, decision: yang") &&
                       Contains("Test trial 17, label: dot, decision: yin"));
}

TEST_CASE("a report has the calls that made its run, as they were typed") {
  WorkedEvaluation worked = worked_evaluation();
  worked.trained.calls = {
      {{"train", "a b.toml", "--data", "digits", "--self-check=2"}, "/a place", "/a place/digits"},
      {{"train", "--resume", "runs/x"}, "/a place", ""},
      {{"train", "--resume", "x", "--epochs", "61"}, "/a place/runs", ""}};
  CHECK_THAT(render_report(worked.report()),
             Contains("<pre>cd &#39;/a place&#39;\n"
                      "retro train &#39;a b.toml&#39; --data digits --self-check=2\n"
                      "retro train --resume runs/x\n"
                      "cd &#39;/a place/runs&#39;\n"
                      "retro train --resume x --epochs 61\n</pre>"));
  worked.trained.calls.clear();
  CHECK_THAT(render_report(worked.report()), !Contains("<pre>cd"));
}

TEST_CASE("a report asks nothing from elsewhere and runs nothing") {
  const WorkedEvaluation worked = worked_evaluation();
  const std::string page = render_report(worked.report());
  for (const char* what :
       {"http:", "https:", "<script", "<link", "<img", "@import", "url(", "src="}) {
    CAPTURE(what);
    CHECK(occurrences(page, what) == 0);
  }
}

TEST_CASE("a report without chip, validation, sample or training leaves those sections out") {
  WorkedEvaluation worked = worked_evaluation();
  worked.evaluation.chip.reset();
  worked.evaluation.chip_refusal = "v_reset";
  worked.evaluation.samples.clear();
  const std::string page = render_report(worked.report());
  CHECK(markup_fault(page) == "");
  CHECK(occurrences(page, "On the chip") == 0);
  CHECK(occurrences(page, "Agreement") == 0);
  CHECK(occurrences(page, "on their way") == 0);
  CHECK_THAT(page, Contains("This network cannot go on Loihi 2: v_reset"));

  // Judged by what it was trained on, it says so.
  worked.dataset = counted_dataset(500, 0, 0);
  worked.evaluation.part = Part::train;
  worked.evaluation.has_test_part = false;
  const std::string trained = render_report(worked.report());
  CHECK(occurrences(trained, "alidation accuracy") == 0);
  CHECK(occurrences(trained, "never seen") == 0);
  CHECK_THAT(trained,
             Contains("Training accuracy, exact") &&
                 Contains("The data set has no test part: these numbers are of the training"));
  CHECK(occurrences(page, "no test part") == 0);

  const Trained nothing;
  const Dataset none = counted_dataset(0, 0, 0);
  const Evaluation unknown;
  const std::string empty = render_report({nothing, none, unknown});
  CHECK(markup_fault(empty) == "");
  CHECK_THAT(empty, Contains("Untitled run") && Contains("Nothing has been trained yet"));
  CHECK(markup_fault(render_report_figure({nothing, none, unknown})) == "");
}

TEST_CASE("a report of trials without labels speaks of no accuracy") {
  const WorkedEvaluation worked = unlabelled_evaluation();
  const std::string page = render_report(worked.report());
  CHECK(markup_fault(page) == "");
  CHECK(occurrences(page, "ccuracy") == 0);
  CHECK(occurrences(page, "training %") == 0);
  CHECK(occurrences(page, "Where it is right") == 0);
  CHECK_THAT(page, Contains("Loss, exact") && Contains("After 60 epochs the training loss is"));
  CHECK_THAT(page, Contains("Test trial 0, decision: 1") && Contains("98.40<span> %"));
  CHECK(occurrences(render_report_figure(worked.report()), "ccuracy") == 0);
}

TEST_CASE("what keeps a network off the chip stands at the top of a report") {
  WorkedEvaluation worked = worked_evaluation();
  loihi2::Fit& fit = worked.evaluation.chip->deployment.fit;
  using Severity = Finding::Severity;
  fit.findings = {
      {Severity::problem, "chip", "cores", 128, 300, "it takes 300 cores", "make it smaller"},
      {Severity::warning, "chip", "decisions", 100, 50, "it decides otherwise", ""},
      {Severity::warning, "hidden", "spikes", 100, 90, "some spikes fewer", ""}};
  const std::string page = render_report(worked.report());
  const std::string top = page.substr(0, page.find("How it learned"));
  CHECK_THAT(top,
             Contains("it takes 300 cores: make it smaller") && Contains("it decides otherwise"));
  CHECK_THAT(top, !Contains("some spikes fewer"));
  CHECK_THAT(page, Contains("some spikes fewer"));
}

TEST_CASE("a report escapes everything that a user can name") {
  const std::string evil = "</title><script>\"&'\xff";
  WorkedEvaluation worked = worked_evaluation();
  worked.trained.scenario.title = worked.trained.scenario.name = evil;
  worked.trained.scenario.text = worked.trained.data_path = evil;
  worked.trained.calls = {{{evil}, evil, evil}};
  NetworkBuilder builder;
  const auto in = builder.add({.name = evil + "1", .model = Model::input, .size = 4});
  const auto hidden = builder.add({.name = evil + "2", .size = 5});
  builder.add({.name = evil + "3", .size = 3});
  builder.connect(in, hidden, {{0, 0, 1.0, 0.0}}, evil);
  worked.trained.network = worked.trained.scenario.network = builder.build();
  worked.trained.scenario.learning = Learning::none(worked.trained.network);
  worked.dataset =
      Dataset({evil, 4, {evil, evil, evil}, 40.0}, no_samples(), no_samples(), no_samples());
  ChipEvaluation& chip = *worked.evaluation.chip;
  chip.conformance.populations = {evil, evil, evil};
  chip.conformance.registers[0].name = evil;
  chip.quantization.populations[1].name = evil;
  chip.quantization.warnings = {evil};
  chip.deployment.chip = evil;
  chip.deployment.populations = {evil, evil, evil};
  chip.deployment.fit.findings.push_back(
      {Finding::Severity::problem, evil, evil, 0, 0, evil, evil});
  for (const std::string& page :
       {render_report(worked.report()), render_report_figure(worked.report())}) {
    CHECK(markup_fault(page) == "");
    CHECK(occurrences(page, "<script") == 0);
    CHECK(occurrences(page, "\xff") == 0);
  }
}

TEST_CASE("a report survives numbers that are none") {
  const double not_a_number = std::numeric_limits<double>::quiet_NaN();
  WorkedEvaluation worked = worked_evaluation();
  for (EpochMetrics& m : worked.trained.checkpoint->history) {
    m.train_loss = m.grazing.smallest_slope = not_a_number;
    m.validation_accuracy = not_a_number;
    m.seconds = not_a_number;
    m.forward_rate = std::numeric_limits<double>::infinity();
  }
  Evaluation& e = worked.evaluation;
  e.exact.loss_sum = not_a_number;
  e.exact.confusion = {1, 2};
  e.samples[0].recordings[0].v[0] = {not_a_number, not_a_number, not_a_number};
  e.chip->budget.alone[0].distance = not_a_number;
  e.chip->conformance.registers = {{1, "x", 0, std::numeric_limits<std::int64_t>::min(),
                                    std::numeric_limits<std::int64_t>::max(), 0}};
  CHECK(markup_fault(render_report(worked.report())) == "");
}

TEST_CASE("a report of a large run stays below three megabytes and says what it left out") {
  WorkedEvaluation worked = worked_evaluation();
  worked.trained.scenario.text = std::string(5'000'000, '<');
  worked.trained.checkpoint->history = worked_history(20000);
  // Thirty projections of ten thousand synapses, and a sample of many spikes and voltages.
  NetworkBuilder builder;
  const auto big = builder.add({.name = "big", .model = Model::input, .size = 5000});
  std::vector<SynapseSpec> synapses;
  for (std::uint32_t i = 0; i < 10'000; ++i)
    synapses.push_back({i % 5000, i / 5000, std::sin(i), 0.0});
  for (int k = 0; k < 30; ++k) {
    const auto to = builder.add({.name = "layer " + std::to_string(k), .size = 100});
    builder.connect(big, to, synapses, "projection " + std::to_string(k));
  }
  worked.trained.network = worked.trained.scenario.network = builder.build();
  worked.trained.scenario.learning = Learning::none(worked.trained.network);
  SampleRun& sample = worked.evaluation.samples[0];
  sample.tape.spikes.assign(400'000, {});
  for (std::uint32_t i = 0; i < 400'000; ++i) {
    sample.tape.spikes[i].time = i * 1e-4;
    sample.tape.spikes[i].neuron = i % 5000;
  }
  sample.probes[0].neurons.assign(100, 5001);
  sample.recordings[0].v.assign(100, {0, 0.9, 0.2});
  worked.evaluation.chip.reset();
  Scenario& scenario_of_all = worked.trained.scenario;
  scenario_of_all.learning = Learning::none(worked.trained.network);
  scenario_of_all.learning.learned.fill(0, scenario_of_all.learning.size(), 1);
  const std::string page = render_report(worked.report());
  CHECK(page.size() < 3'000'000);
  CHECK(markup_fault(page) == "");
  CHECK_THAT(page, Contains("more bytes") && Contains("more charts are not shown") &&
                       Contains("400000 spikes, shaded by their number") &&
                       Contains("The first 16 of 31 populations.") &&
                       Contains("The first 12 of 100 voltages."));
}

TEST_CASE("the figure of a report is an SVG file of its own") {
  const WorkedEvaluation worked = worked_evaluation();
  const std::string svg = render_report_figure(worked.report());
  CHECK(markup_fault(svg) == "");
  CHECK(svg.starts_with("<svg xmlns="));
  CHECK_THAT(svg, Contains("Accuracy (%)") && Contains("label: yang, decision: yang") &&
                      Contains("prefers-color-scheme"));
}
