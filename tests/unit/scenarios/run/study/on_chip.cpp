// A study over [chip]: its axes act on chip results, and on nothing else.
#include <atomic>
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/npy.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/study/results.hpp>
#include <retrograde/scenarios/run/study/runner.hpp>
#include <retrograde/scenarios/run/trained.hpp>
#include <retrograde/scenarios/run/training.hpp>

#include "tests/support/scratch.hpp"
#include "tests/support/shipped_chip.hpp"
#include "tests/support/study.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

// A second is longer than the chip can hold a neuron back.
std::string deployable() {
  std::string text = small_scenario;
  text.replace(text.find("\"1 s\""), 5, "\"20 ms\"");
  return text;
}

class Counter final : public StudyObserver {
 public:
  void advanced(std::size_t, double, bool taken_up) override { begun += taken_up; }
  void finished(std::size_t) override { ++done; }
  int begun = 0, done = 0;
};

}  // namespace

TEST_CASE(
    "an axis over the step of the chip changes what the chip does, as a check of the run says") {
  const ScratchFolder folder;
  const Scenario scenario = parse_scenario(deployable() +
                                               "[chip]\nstep = \"1 ms\"\n[study]\n[[study.axis]]\n"
                                               "\"chip.step\" = [\"0.5 ms\", \"4 ms\"]\n",
                                           "x.toml");
  Study study = plan_study(scenario, "");
  REQUIRE(study.on_chip);
  REQUIRE(study.runs.size() == 2);
  Counter counter;
  REQUIRE(run_study(study, folder.path(), {}, counter));
  CHECK(counter.begun == 1);  // the other has its training
  CHECK(counter.done == 2);

  // The same training and exact result, another chip.
  const StudyResult &fine = *study.runs[0].result, &coarse = *study.runs[1].result;
  CHECK(fine.test_accuracy == coarse.test_accuracy);
  REQUIRE(fine.chip);
  REQUIRE(coarse.chip);
  CHECK(fine.chip->refusal.empty());
  CHECK(fine.chip->agreement > coarse.chip->agreement);

  // What chose the best epoch, epoch by epoch.
  const auto curves = learning_curves(study, folder.path());
  REQUIRE(curves.size() == 2);
  REQUIRE(curves[0].size() == 3);
  CHECK(curves[0] == curves[1]);
  CHECK(curves[0][fine.best_epoch - 1] ==
        (study.has_validation ? fine.validation_accuracy : fine.train_accuracy));

  // As `retro check` has it for either run.
  for (const StudyRun& run : study.runs) {
    const Trained trained = open_trained(run_path(folder.path(), run).string(), "");
    const Evaluation checked =
        evaluate_network(trained, load_dataset(trained.scenario, ""), shipped_chip("loihi2"));
    REQUIRE(checked.chip);
    CHECK(run.result->chip->accuracy == checked.chip->conformance.accuracy_chip());
    CHECK(run.result->chip->agreement == checked.chip->conformance.agreement());
  }

  // Taken up, the study has its chip results again; one from before they were looked at goes on.
  Study again = plan_study(scenario, "");
  take_up(again, folder.path(), false);
  CHECK(again.finished() == 2);
  CHECK(again.runs[1].result->chip->agreement == coarse.chip->agreement);
  StudyResult old = coarse;
  old.chip.reset();
  put(run_path(folder.path(), study.runs[1]) / "result.json", nlohmann::ordered_json(old).dump());
  Study older = plan_study(scenario, "");
  take_up(older, folder.path(), false);
  CHECK(older.finished() == 1);
  REQUIRE(run_study(older, folder.path(), {}, counter));
  CHECK(older.runs[1].result->chip->agreement == coarse.chip->agreement);
  CHECK(older.runs[1].result->test_accuracy == coarse.test_accuracy);
}

TEST_CASE("what comes after training is varied on one training: events and the chip") {
  const ScratchFolder folder;
  const std::string text = deployable() +
                           "[chip]\nstep = \"1 ms\"\n"
                           "[[event]]\nname = \"fault\"\ndo = \"drop\"\npopulation = \"hidden\"\n"
                           "[study]\nseeds = [1, 2]\n"
                           "[[study.axis]]\n\"train.batch\" = [20, 40]\n"
                           "[[study.axis]]\n\"event.fault.share\" = [0.0, 0.5]\n"
                           "[[study.axis]]\n\"chip.step\" = [\"1 ms\", \"2 ms\"]\n";
  Study study = plan_study(parse_scenario(text, "x.toml"), "");
  REQUIRE(study.runs.size() == 16);
  CHECK(study.trainings() == 4);
  for (std::size_t k = 0; k < 16; ++k) CHECK(study.runs[k].training == k / 4 * 4);
  Counter counter;
  REQUIRE(run_study(study, folder.path(), {}, counter));
  CHECK_FALSE(study.failed());
  const auto history = [&](const Study& s, std::size_t k) {
    return read_checkpoint((run_path(folder.path(), s.runs[k]) / "checkpoint.bin").string())
        .history;
  };
  for (std::size_t k = 0; k < 16; ++k) {
    // The same session by the clock, so that it was not repeated.
    CHECK(history(study, k)[0].seconds == history(study, k / 4 * 4)[0].seconds);
    const StudyResult& result = *study.runs[k].result;
    CHECK(result.train_loss == study.runs[k / 4 * 4].result->train_loss);
    // As `retro check` has it for its folder.
    const Trained trained = open_trained(run_path(folder.path(), study.runs[k]).string(), "");
    const Evaluation checked =
        evaluate_network(trained, load_dataset(trained.scenario, ""), shipped_chip("loihi2"));
    CHECK(result.test_accuracy == checked.exact.accuracy());
    CHECK(result.chip->accuracy == checked.chip->conformance.accuracy_chip());
  }
  CHECK(history(study, 0)[0].seconds != history(study, 4)[0].seconds);

  // What is taken up, in shards and with more values, is what one process makes.
  const ScratchFolder other;
  for (const std::size_t shard : {2, 1}) {
    Study part = plan_study(parse_scenario(text, "x.toml"), "", {}, {shard, 2});
    CHECK(part.trainings() == 4);
    REQUIRE(run_study(part, other.path(), {}, counter));
  }
  Study merged = plan_study(parse_scenario(text, "x.toml"), "");
  take_up(merged, other.path(), false);
  REQUIRE(merged.finished() == 16);
  for (std::size_t k = 0; k < 16; ++k) {
    CHECK(merged.runs[k].result->test_loss == study.runs[k].result->test_loss);
    CHECK(merged.runs[k].result->measured == study.runs[k].result->measured);
  }
  std::string more = text;
  more.replace(more.find("[0.0, 0.5]"), 10, "[0.0, 0.5, 0.9]");
  Study wider = plan_study(parse_scenario(more, "x.toml"), "");
  take_up(wider, folder.path(), false);
  CHECK(wider.finished() == 16);
  REQUIRE(run_study(wider, folder.path(), {}, counter));
  CHECK(history(wider, 4)[0].seconds == history(study, 0)[0].seconds);
}

TEST_CASE("a training that a run takes over knows the files that its scenario names") {
  const ScratchFolder folder;
  const std::string weights = (folder / "w.npy").string();
  NumericArray array{{5, 4}, {4, 2, 5, 1, 1, 6, 2, 3, 3, 3, 4, 4, 5, 1, 6, 2, 2, 4, 1, 5}, false};
  write_file(weights, npy_bytes(array));
  std::string text = deployable();
  const std::string drawn = "{ distribution = \"normal\", mean = 4.0, std = 3.0 }";
  text.replace(text.find(drawn), drawn.size(), "{ file = \"" + weights + "\" }");
  Study study = plan_study(
      parse_scenario(text + "[[event]]\nname = \"fault\"\ndo = \"drop\"\npopulation = \"hidden\"\n"
                            "[study]\n[[study.axis]]\n\"event.fault.share\" = [0.0, 0.5]\n",
                     "x.toml"),
      "");
  Counter counter;
  REQUIRE(run_study(study, folder.path(), {}, counter));
  CHECK(study.trainings() == 1);
  for (const StudyRun& run : study.runs)
    CHECK_NOTHROW(open_trained(run_path(folder.path(), run).string(), ""));
  array.values.back() = 6;
  write_file(weights, npy_bytes(array));
  for (const StudyRun& run : study.runs)
    CHECK_THROWS_AS(open_trained(run_path(folder.path(), run).string(), ""), UsageError);
}

TEST_CASE("where the chip or the trials are part of training, their axes train anew") {
  const std::string axis = "[study]\n[[study.axis]]\n";
  const auto trainings = [](const std::string& text) {
    return plan_study(parse_scenario(text, "x.toml"), "").trainings();
  };
  CHECK(trainings(deployable() + "[chip]\nfine_tune = { epochs = 1 }\n" + axis +
                  "\"chip.step\" = [\"1 ms\", \"2 ms\"]\n") == 2);
  // The stimulus of inline trials is that of training.
  const std::string inlined = R"([scenario]
duration = "30 ms"
trials = 4
[[population]]
name = "in"
size = 3
spikes = { stimulus = "poisson", rate = "100 Hz" }
[[population]]
name = "out"
size = 2
[[projection]]
from = "in"
to = "out"
weight = 2.0
learn = ["weight"]
[loss]
kind = "spike_time_power"
population = "out"
[train]
epochs = 1
[[event]]
name = "e"
population = "in"
)";
  const std::string factors = axis + "\"event.e.factor\" = [0.5, 0.7]\n";
  CHECK(trainings(inlined + "do = \"stimulus\"\nfactor = 1.0\n" + factors) == 2);
  CHECK(trainings(inlined + "do = \"drop\"\n" + axis + "\"event.e.share\" = [0.5, 0.7]\n") == 1);
}

TEST_CASE("a scenario with a chip has its runs on the chip, whatever the axes are") {
  const ScratchFolder folder;
  Study study =
      plan_study(parse_scenario(deployable() + "[chip]\n[study]\nseeds = [1]\n", "x.toml"), "");
  Counter counter;
  REQUIRE(run_study(study, folder.path(), {}, counter));
  REQUIRE(study.runs[0].result->chip);
  CHECK(study.runs[0].result->chip->agreement > 0.0);
}

TEST_CASE("a run that cannot go on the chip keeps its exact result and says why") {
  const ScratchFolder folder;
  std::string text = deployable();
  text.replace(text.find("t_ref"), 5, "v_reset = 0.1\nt_ref");
  const Scenario scenario = parse_scenario(
      text + "[chip]\nstep = \"1 ms\"\n[study]\n[[study.axis]]\n\"chip.step\" = [\"1 ms\"]\n",
      "x.toml");
  Study study = plan_study(scenario, "");
  Counter counter;
  REQUIRE(run_study(study, folder.path(), {}, counter));
  const StudyResult& result = *study.runs[0].result;
  CHECK(result.failure.empty());
  REQUIRE(result.chip);
  CHECK_THAT(result.chip->refusal, Catch::Matchers::Contains("v_reset"));
}

TEST_CASE("a run whose fine-tuning fails keeps its exact result, is judged without and says why") {
  const ScratchFolder folder;
  const std::string tuned =
      "[chip]\nfine_tune = { epochs = 1, rate = 1e308 }\n[study]\nseeds = [1]\n";
  Study study = plan_study(parse_scenario(deployable() + tuned, "x.toml"), "");
  Study plain =
      plan_study(parse_scenario(deployable() + "[chip]\n[study]\nseeds = [1]\n", "x.toml"), "");
  Counter counter;
  REQUIRE(run_study(study, folder / "tuned", {}, counter));
  REQUIRE(run_study(plain, folder / "plain", {}, counter));
  const StudyResult &result = *study.runs[0].result, &without = *plain.runs[0].result;
  CHECK(result.failure.empty());
  CHECK(result.test_loss == without.test_loss);
  REQUIRE(result.chip);
  CHECK(result.chip->agreement == without.chip->agreement);
  CHECK_THAT(result.chip->untuned, Catch::Matchers::StartsWith("epoch 1, batch "));
  CHECK(without.chip->untuned.empty());
  // Also when it is taken up again.
  Study again = plan_study(parse_scenario(deployable() + tuned, "x.toml"), "");
  take_up(again, folder / "tuned", false);
  CHECK(again.runs[0].result->chip->untuned == result.chip->untuned);
}

TEST_CASE("a result that is not finite can be read again") {
  StudyResult r;
  r.train_loss = std::numeric_limits<double>::infinity();
  r.test_loss = std::numeric_limits<double>::quiet_NaN();
  r.validation_loss = 0.25;
  const std::string text = nlohmann::ordered_json(r).dump();
  const auto read = nlohmann::ordered_json::parse(text).get<StudyResult>();
  CHECK(std::isnan(read.train_loss));
  CHECK(std::isnan(read.test_loss));
  CHECK(read.validation_loss == 0.25);
}

TEST_CASE("a result of a run is the same after it was written and read") {
  StudyResult r;
  r.parameters = 35;
  r.epochs = 10;
  r.best_epoch = 7;
  r.train_accuracy = 0.11;
  r.train_loss = 0.12;
  r.validation_accuracy = 0.13;
  r.validation_loss = 0.14;
  r.test_accuracy = 0.15;
  r.test_loss = 0.16;
  r.seconds = 1.7;
  r.chip = StudyOnChip{0.18, 0.19, ""};
  const nlohmann::ordered_json document(r);
  CHECK(document["schema"] == "retrograde.study_run/1");
  CHECK(document["best_epoch"] == 7);
  CHECK(document["validation_accuracy"] == 0.13);
  CHECK(document["test_accuracy"] == 0.15);
  CHECK(document["chip"]["accuracy"] == 0.18);
  CHECK(document["chip"]["agreement"] == 0.19);
  CHECK(nlohmann::ordered_json(document.get<StudyResult>()) == document);

  StudyResult refused;
  refused.chip = StudyOnChip{0, 0, "too large"};
  CHECK(nlohmann::ordered_json(refused).get<StudyResult>().chip->refusal == "too large");
  StudyResult failed;
  failed.failure = "it blew up";
  CHECK(nlohmann::ordered_json(failed).get<StudyResult>().failure == "it blew up");
  CHECK_THROWS_AS(nlohmann::ordered_json::parse("{}").get<StudyResult>(),
                  nlohmann::json::exception);
}
