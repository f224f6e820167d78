// Studies of simulations: what they measure is what a run by hand comes to, and shards of a study that
// are put together are the study.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <retrograde/adjoint/evaluate.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/study/merge.hpp>
#include <retrograde/scenarios/run/study/metrics.hpp>
#include <retrograde/scenarios/run/study/runner.hpp>
#include <retrograde/scenarios/show/json/study.hpp>
#include <retrograde/scenarios/show/plot/study_chart.hpp>
#include <retrograde/scenarios/show/text/study.hpp>

#include "tests/support/scratch.hpp"
#include "tests/support/study.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

// Three inputs at some 100 Hz for 400 ms, two cells.
std::string driven_cells() {
  std::string text =
      "[scenario]\nduration = \"400 ms\"\n[[population]]\nname = \"in\"\nsize = 3\n"
      "spikes = [";
  for (int n = 0; n < 3; ++n) {
    text += n > 0 ? "], [" : "[";
    for (int k = 0; k < 40; ++k)
      text += fmt::format("{}\"{} ms\"", k > 0 ? ", " : "", 10 * k + 3 * n + k * k % 7);
  }
  return text +
         "]]\n[[population]]\nname = \"cell\"\nsize = 2\n"
         "[[projection]]\nfrom = \"in\"\nto = \"cell\"\n"
         "weight = { distribution = \"uniform\", low = 1, high = 3 }\n";
}

class Silent final : public StudyObserver {
 public:
  void advanced(std::size_t, double, bool) override {}
  void finished(std::size_t) override {}
};

Study run_in(const std::string& text, const std::filesystem::path& folder, StudyShard shard = {}) {
  const Scenario scenario = parse_scenario(text, "x.toml");
  Study study = plan_study(scenario, "", {}, shard);
  take_up(study, folder, false);
  Silent silent;
  REQUIRE(run_study(study, folder, {}, silent));
  return study;
}

double measured(const StudyRun& run, const std::string& name) {
  CAPTURE(name);
  const auto value = value_of(*run.result, name);
  REQUIRE(value);
  return *value;
}

}  // namespace

TEST_CASE("a study without [train] simulates, and measures what a run by hand comes to") {
  const ScratchFolder folder;
  const std::string study =
      "[study]\nseeds = [1, 2]\nfrom = \"50 ms\"\n[[study.axis]]\n"
      "\"projection.in->cell.weight_scale\" = [0.5, 1.0, 2.0]\n";
  const Study done = run_in(driven_cells() + study, folder.path());
  REQUIRE(done.kind.simulations);
  REQUIRE(done.runs.size() == 6);
  CHECK(done.part == "all");
  CHECK(done.trials == 1);
  for (const StudyRun& run : done.runs) {
    const Scenario by_hand = parse_scenario(run.text, "y.toml");
    const Tape tape = by_hand.machine(by_hand.network)->run(by_hand.trial);
    const auto expected = firing_statistics(by_hand.network, tape, {.from = 50});
    REQUIRE(expected.size() == 2);
    CHECK(measured(run, "rate.in") == expected[0].rate);
    CHECK(measured(run, "rate.cell") == expected[1].rate);
    CHECK(measured(run, "rate") == expected[1].rate);
    CHECK(measured(run, "spikes.cell") == static_cast<double>(expected[1].spikes));
    CHECK(measured(run, "deliveries") == static_cast<double>(tape.deliveries));
    CHECK(measured(run, "silent.cell") == expected[1].silent);
    CHECK(value_of(*run.result, "cv.cell") == expected[1].cv);
    CHECK(value_of(*run.result, "fano.cell") == expected[1].fano);
    CHECK(measured(run, "seconds") > 0);
    CHECK_FALSE(value_of(*run.result, "loss"));
    CHECK_FALSE(value_of(*run.result, "epochs"));
  }
  // Twice the weight, the more spikes; other seeds, other weights.
  CHECK(measured(done.runs[0], "rate") < measured(done.runs[1], "rate"));
  CHECK(measured(done.runs[1], "rate") < measured(done.runs[2], "rate"));
  CHECK(measured(done.runs[1], "rate.in") == measured(done.runs[4], "rate.in"));

  // One picture, a line over the numbers, with the seeds as bars.
  const auto charts = study_charts(done);
  REQUIRE(charts.size() == 1);
  CHECK(charts[0].title == "Rate (Hz)");
  REQUIRE(charts[0].series.size() == 1);
  CHECK(charts[0].series[0].x == std::vector<double>{0.5, 1, 2});
  CHECK(charts[0].series[0].y[2] ==
        Approx(0.5 * (measured(done.runs[2], "rate") + measured(done.runs[5], "rate"))));
  const std::string table = study_table(done);
  CHECK_THAT(table, Contains("rate (Hz)") && Contains("cv.cell") && !Contains("parameters"));

  const auto document = study_json(done);
  CHECK(document["kind"] == "simulations");
  CHECK(document["from"] == 50.0);
  CHECK(document["drawn"] == nlohmann::json({"rate"}));
  CHECK(document["combinations"][2]["metrics"]["rate.cell"]["mean"].get<double>() ==
        Approx(charts[0].series[0].y[2]));
}

TEST_CASE("the rate of a stimulus and a trial of a name are axes") {
  const ScratchFolder folder;
  const std::string text =
      "[scenario]\nduration = \"100 ms\"\n[[population]]\nname = \"in\"\nsize = 20\n"
      "spikes = { stimulus = \"poisson\", rate = \"20 Hz\" }\n"
      "[[trial]]\nname = \"long\"\nrepeat = 2\n[[trial]]\nrepeat = 3\n"
      "[study]\nordinate = \"rate.in\"\n"
      "[[study.axis]]\n\"population.in.spikes.rate\" = [\"50 Hz\", \"0.2 kHz\"]\n"
      "[[study.axis]]\n\"trial.long.duration\" = [\"100 ms\", \"1 s\"]\n";
  const Study done = run_in(text, folder.path());
  REQUIRE(done.runs.size() == 4);
  CHECK(done.spec.axes[0].numbers == std::vector<double>{50, 200});
  CHECK(done.spec.axes[0].unit == "Hz");
  for (const StudyRun& run : done.runs) {
    // Of Poisson spikes in that time, five standard errors.
    const double rate = run.values[0] == 0 ? 50 : 200;
    const double seconds = 20 * (0.3 + 2 * (run.values[1] == 0 ? 0.1 : 1.0));
    CHECK(std::abs(measured(run, "rate.in") - rate) < 5 * std::sqrt(rate / seconds));
  }
  // The same place twice.
  CHECK_THROWS_WITH(
      parse_scenario(text + "[[study.axis]]\n\"population.in.spikes\" = [[]]\n", "x.toml"),
      Contains("another axis sets it, too"));
}

TEST_CASE("a weight_scale is the weights times it, for one projection or all of them") {
  const std::string text = driven_cells() +
                           "[[projection]]\nfrom = \"cell\"\nto = \"cell\"\nweight = 0.5\n"
                           "delay = \"1 ms\"\n[study]\n[[study.axis]]\n\"projection.";
  const std::string values = ".weight_scale\" = { from = 0.1, to = 0.3, step = 0.1 }\n";
  const Network plain = parse_scenario(driven_cells(), "x.toml").network;
  const auto weights = [&](const std::string& name, std::size_t k) {
    const Scenario scenario = parse_scenario(text + name + values, "x.toml", {.study = {{k}}});
    const auto found = scenario.network.parameters(ParameterKind::weight);
    return std::vector<double>(found.begin(), found.end());
  };
  const StudySpec spec = *parse_scenario(text + "*" + values, "x.toml").study;
  CHECK(spec.axes[0].labels == std::vector<std::string>{"0.1", "0.2", "0.3"});
  CHECK(spec.axes[0].numbers == std::vector<double>{0.1, 0.2, 0.3});
  for (std::size_t k = 0; k < 3; ++k) {
    const double scale = spec.axes[0].numbers[k];
    const auto one = weights("in->cell", k), all = weights("*", k);
    REQUIRE(one.size() == 10);
    for (std::size_t s = 0; s < 6; ++s)
      CHECK(one[s] == scale * plain.parameters(ParameterKind::weight)[s]);
    for (std::size_t s = 6; s < 10; ++s) CHECK(one[s] == 0.5);
    CHECK(std::equal(one.begin(), one.begin() + 6, all.begin()));
    for (std::size_t s = 6; s < 10; ++s) CHECK(all[s] == scale * 0.5);
  }
}

TEST_CASE("simulations of a data set run all of its trials, and are judged where there is a loss") {
  const ScratchFolder folder;
  const std::string study =
      "[study]\nruns = \"simulations\"\nordinate = [\"accuracy\", \"cv.hidden\"]\n";
  const Study done = run_in(small_scenario + study, folder.path());
  CHECK(done.kind.simulations);
  REQUIRE(done.runs.size() == 1);
  const StudyResult& result = *done.runs[0].result;
  const Scenario by_hand = parse_scenario(done.runs[0].text, "y.toml");
  const Dataset dataset = load_dataset(by_hand, "");
  std::size_t right = 0, trials = 0;
  double loss = 0;
  for (const Part part : {Part::train, Part::validation, Part::test}) {
    const SetResult set = evaluate(*by_hand.machine(by_hand.network), dataset.part(part),
                                   *by_hand.loss, by_hand.run_options());
    right += set.correct;
    trials += set.trials;
    loss += set.loss_sum;
  }
  CHECK(done.trials == trials);
  CHECK(value_of(result, "accuracy") == static_cast<double>(right) / static_cast<double>(trials));
  CHECK(value_of(result, "loss").value() == Approx(loss / static_cast<double>(trials)));
  // Nothing was trained, and no checkpoint is left.
  CHECK_FALSE(std::filesystem::exists(folder / "runs/seed-9/checkpoint.bin"));
  CHECK(study_charts(done).size() == 2);
}

TEST_CASE("trainings have the activity of the trials that judge them, as any metric is drawn") {
  const ScratchFolder folder;
  const std::string study = "[study]\nordinate = \"rate.hidden\"\n";
  const Study done = run_in(small_scenario + study, folder.path());
  CHECK_FALSE(done.kind.simulations);
  const StudyRun& run = done.runs[0];
  // Spikes per neuron and trial of 60 ms, hidden and out together.
  CHECK(measured(run, "rate") == Approx(measured(run, "spikes_per_neuron") / 0.060));
  CHECK(measured(run, "spikes") == Approx(8 * measured(run, "spikes_per_neuron")));
  const auto charts = study_charts(done);
  REQUIRE(charts.size() == 1);
  CHECK(charts[0].title == "Rate of hidden (Hz)");
  CHECK(charts[0].series[0].y[0] == measured(run, "rate.hidden"));
  CHECK_THAT(study_table(done), Contains("validation") && Contains("rate.hidden (Hz)"));
  CHECK_THAT(study_csv(done), Contains(",test_accuracy,test_loss,spikes_per_neuron,rate,"));

  // Its result is taken up; with another stretch of time only what is counted is made again.
  Study again = plan_study(parse_scenario(small_scenario + study, "x.toml"), "");
  take_up(again, folder.path(), false);
  CHECK(again.runs[0].result);
  again = plan_study(parse_scenario(small_scenario + study + "from = \"10 ms\"\n", "x.toml"), "");
  take_up(again, folder.path(), false);
  CHECK_FALSE(again.runs[0].result);
  Silent silent;
  REQUIRE(run_study(again, folder.path(), {}, silent));
  CHECK(again.runs[0].result->test_loss == run.result->test_loss);
  CHECK(measured(again.runs[0], "rate.hidden") != measured(run, "rate.hidden"));
}

TEST_CASE("a study of simulations on the chip has spikes, time and energy there") {
  const ScratchFolder folder;
  const std::string study =
      "[chip]\nstep = \"1 ms\"\n[study]\n[[study.axis]]\n"
      "\"chip.step\" = [\"0.5 ms\", \"2 ms\"]\n";
  const Study done = run_in(driven_cells() + study, folder.path());
  REQUIRE(done.on_chip);
  for (const StudyRun& run : done.runs) {
    REQUIRE(run.result->chip);
    REQUIRE(run.result->chip->refusal.empty());
    CHECK(measured(run, "chip_spikes") > 0);
    CHECK(measured(run, "chip_spikes") == measured(run, "chip_spikes.cell"));
    CHECK(measured(run, "chip_energy_low") <= measured(run, "chip_energy"));
    CHECK(measured(run, "chip_energy") <= measured(run, "chip_energy_high"));
    CHECK(measured(run, "chip_energy_low") > 0);
  }
  // The same exact run; a quarter of the steps takes less time.
  CHECK(measured(done.runs[0], "rate") == measured(done.runs[1], "rate"));
  CHECK(measured(done.runs[0], "chip_time") > measured(done.runs[1], "chip_time"));
  CHECK_THAT(study_table(done), Contains("chip_spikes") && Contains("chip_energy (mJ)"));
}

TEST_CASE("shards have every run once, and what is merged is the study") {
  const std::string text = driven_cells() +
                           "[study]\nseeds = [1, 2]\n[[study.axis]]\n"
                           "\"projection.*.weight_scale\" = [0.5, 1.0, 1.5]\n[[study.axis]]\n"
                           "\"population.cell.tau_mem\" = [\"10 ms\", \"20 ms\"]\n";
  const ScratchFolder whole, first, second, third, merged;
  const Study study = run_in(text, whole.path());
  REQUIRE(study.runs.size() == 12);
  std::vector<std::string> names;
  std::size_t k = 0;
  for (const ScratchFolder* folder : {&first, &second, &third}) {
    const Study shard = run_in(text, folder->path(), {++k, 3});
    CHECK(shard.all_runs() == 12);
    for (const StudyRun& run : shard.runs) names.push_back(run.name);
    keep_scenario(folder->path(), shard.text, nullptr);
    // A study's folder is known by its command.
    write_calls(folder->path(), {{.words = {"study", "x.toml"}, .folder = ".", .data = ""}});
  }
  CHECK(names.size() == 12);
  std::sort(names.begin(), names.end());
  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());

  const std::vector<std::string> folders = {first.path(), second.path(), third.path()};
  const Scenario scenario = read_scenario(scenario_of_all(folders).string());
  Study together = plan_study(scenario, "");
  CHECK(gather_runs(together, {folders[0], folders[1]}, merged.path()) == 8);
  take_up(together, merged.path(), false);
  CHECK(missing_runs(together).size() == 4);
  CHECK(missing_runs(together).front() == study.runs[2].name);
  CHECK(gather_runs(together, folders, merged.path()) == 4);
  take_up(together, merged.path(), false);
  CHECK(missing_runs(together).empty());
  CHECK(study_csv(together) == study_csv(study));

  // Of another study nothing is taken.
  put(third / "scenario.toml", text + "# another\n");
  CHECK_THROWS_WITH(scenario_of_all(folders), Contains("another study than"));
  CHECK_THROWS_WITH(scenario_of_all({whole.path()}), Contains("holds no study"));
}

TEST_CASE(
    "of large networks only the first seed is read beforehand, and runs are what they would be") {
  // 320 x 320 synapses.
  const std::string text =
      "[scenario]\nduration = \"1 ms\"\n[[population]]\nname = \"a\"\nsize = 320\n"
      "[[projection]]\nfrom = \"a\"\nto = \"a\"\nweight = { distribution = \"normal\", mean = 0, "
      "std = 1 }\ndelay = \"1 ms\"\n"
      "[study]\nseeds = [3, 18446744073709551615]\n[[study.axis]]\n"
      "\"population.a.tau_mem\" = [\"10 ms\", \"11 ms\"]\n";
  std::string as_text = text;
  as_text.replace(as_text.find("18446744073709551615"), 20, "\"18446744073709551615\"");
  const Scenario scenario = parse_scenario(as_text, "x.toml");
  const Study study = plan_study(scenario, "");
  REQUIRE(study.runs.size() == 4);
  for (const StudyRun& run : study.runs) {
    const Scenario by_hand =
        parse_scenario(scenario.text, "x.toml", {.seed = run.seed, .study = run.values});
    CHECK(run.text == resolved_text(by_hand));
    CHECK(run.work == 1 + 320 * 320);
  }
}
