// Training by surrogate gradients: the same bits for any number of threads and after being stopped;
// the validation part chooses the epoch; a study compares both methods.
#include "tests/support/surrogate.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <retrograde/adjoint/stepped/stepped_gradients.hpp>
#include <retrograde/scenarios/run/trained.hpp>
#include <retrograde/scenarios/run/training.hpp>

#include "tests/support/command.hpp"
#include "tests/support/scratch.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

// Of a run folder: all values that decide how it goes on, and what was chosen.
std::vector<std::vector<double>> values_of(const std::filesystem::path& run) {
  const Checkpoint c = read_checkpoint((run / "checkpoint.bin").string());
  return {
      c.trainer.values, c.trainer.source, c.trainer.adam.first_moment, c.trainer.adam.second_moment,
      c.best_values,    c.folded_values};
}

}  // namespace

TEST_CASE("surrogate gradients: training gives the same bits on 1, 2 and 5 threads") {
  const ScratchFolder folder;
  put(folder / "x.toml", surrogate_scenario);
  for (const std::string threads : {"1", "2", "5"}) {
    const CommandResult result =
        retro("train x.toml --out t" + threads + " --threads " + threads, folder.path());
    CAPTURE(result.err);
    REQUIRE(result.status == 0);
    CHECK(values_of(folder / ("t" + threads)) == values_of(folder / "t1"));
  }
  // Batch normalisation is part of what is kept.
  CHECK_FALSE(values_of(folder / "t1")[1].empty());
  CHECK(values_of(folder / "t1")[5] != values_of(folder / "t1")[0]);
}

TEST_CASE("surrogate gradients: a training that was stopped and resumed equals one that was not") {
  const ScratchFolder folder;
  const Scenario scenario = resolved(parse_scenario(surrogate_scenario, "x.toml"));
  const Dataset dataset = load_dataset(scenario, "");
  const auto train_in = [&](const std::string& name, double stop_at, bool resume) {
    std::filesystem::create_directories(folder / name);
    TrainingOptions options;
    options.resume = resume;
    options.on_progress = [&](double epochs) { return epochs < stop_at; };
    return train(scenario, dataset, RunFolder(folder / name), options).finished;
  };
  REQUIRE(train_in("whole", 1e9, false));
  // In the middle of an epoch, with a width of the kernel that changes after it.
  REQUIRE_FALSE(train_in("parts", 0.5, false));
  REQUIRE_FALSE(train_in("parts", 2.3, true));
  REQUIRE(train_in("parts", 1e9, true));
  CHECK(values_of(folder / "parts") == values_of(folder / "whole"));
}

TEST_CASE("surrogate gradients: the validation part, in steps, chooses the epoch") {
  const ScratchFolder folder;
  // With the validation part as large as the test part, which is another.
  const Scenario scenario = resolved(parse_scenario(surrogate_scenario, "x.toml"));
  const Dataset dataset = load_dataset(scenario, "");
  const Checkpoint c = train(scenario, dataset, RunFolder(folder.path()), {}).checkpoint;
  REQUIRE(c.history.size() == 4);
  std::uint32_t best = 1;
  for (const EpochMetrics& m : c.history) {
    const EpochMetrics& b = c.history[best - 1];
    if (*m.validation_accuracy > *b.validation_accuracy ||
        (*m.validation_accuracy == *b.validation_accuracy && m.validation_loss < b.validation_loss))
      best = m.epoch;
  }
  CHECK(c.best_epoch == best);
  const auto judged = [&](Part part) {
    return evaluate_in_steps(scenario, trained_network(scenario, c), dataset.part(part));
  };
  const SetResult validation = judged(Part::validation);
  CHECK(validation.loss() == c.history[best - 1].validation_loss);
  CHECK(validation.accuracy() == c.history[best - 1].validation_accuracy);
  CHECK(judged(Part::test).loss() != validation.loss());
  // It learns.
  CHECK(c.history.back().train_loss < c.history.front().train_loss);
}

TEST_CASE("surrogate gradients: a run says what it is in steps and exactly, in every form") {
  const ScratchFolder folder;
  put(folder / "x.toml", surrogate_scenario);
  const CommandResult result = retro("train x.toml --out run", folder.path());
  CAPTURE(result.err, result.out);
  REQUIRE(result.status == 0);
  CHECK_THAT(result.err, Contains("in steps of 1 ms by surrogate gradients"));
  CHECK_THAT(result.out, Contains("in steps") && Contains("arctangent of slope 5") &&
                             Contains("batch normalisation of hidden") && Contains("of memory"));
  const auto document = nlohmann::json::parse(get(folder / "run/run.json"));
  CHECK(document["method"] == "surrogate");
  CHECK(document["surrogate"]["step_ms"] == 1.0);
  CHECK(document["surrogate"]["kernels"][0]["longest_steps"] == 10);
  CHECK(document["surrogate"]["batch_norm"][0] == "hidden");
  CHECK(document["peak_memory_bytes"] > 1'000'000);
  CHECK(document["result"]["stepped"]["accuracy"].is_number());
  CHECK(document["result"]["exact"]["accuracy"].is_number());
  CHECK_THAT(get(folder / "run/report.html"), Contains("in steps") && Contains("Memory"));
  // What has no gradient of its own at the checkpoint: the folded network, by the exact engine.
  CHECK(retro("info run", folder.path()).status == 0);
  CHECK(retro("plot run --out plot.svg", folder.path()).status == 0);
  CHECK(retro("check run --json check.json", folder.path()).status == 0);
  const auto check = nlohmann::json::parse(get(folder / "check.json"));
  CHECK(check["stepped"] == document["result"]["stepped"]);
  CHECK(retro("gradcheck x.toml --sample 20", folder.path()).status == 0);

  const CommandResult against =
      retro("gradient x.toml --against surrogate --json a.json", folder.path());
  CAPTURE(against.err);
  REQUIRE(against.status == 0);
  CHECK_THAT(against.out, Contains("cosine") && Contains("in->hidden.delay"));
  const auto agreement = nlohmann::json::parse(get(folder / "a.json"));
  CHECK(agreement["groups"].size() == 3);
}

TEST_CASE("surrogate gradients train neurons on whose V arrivals act, which have no exact ones") {
  const ScratchFolder folder;
  std::string text = surrogate_scenario_with("size = 12\n", "size = 12\nmodel = \"lif\"\n");
  text.replace(text.find("\"cuba_li\""), 9, "\"li\"");
  text.replace(text.find("mean = 4.0, std = 3.0"), 21, "mean = 0.8, std = 0.6");
  text.replace(text.find("voltage_cross_entropy"), 21, "softmax_sum_cross_entropy");
  text.replace(text.find("[train]"), 7, "unit = \"1 ms\"\n[train]");
  put(folder / "x.toml", text);
  const CommandResult result = retro("train x.toml --out run", folder.path());
  CAPTURE(result.err, result.out);
  REQUIRE(result.status == 0);
  const Checkpoint c = read_checkpoint((folder / "run/checkpoint.bin").string());
  CHECK(c.history.back().train_loss < c.history.front().train_loss);
  const auto document = nlohmann::json::parse(get(folder / "run/run.json"));
  CHECK(document["result"]["stepped"]["accuracy"].is_number());
  CHECK(document["result"]["exact"]["accuracy"].is_number());
  const CommandResult check = retro("gradcheck x.toml", folder.path());
  CHECK(check.status == 2);
  CHECK_THAT(check.err, Contains("lif has no backward pass"));
}

TEST_CASE("a study compares exact and surrogate gradients, and says accuracy, time and spikes") {
  const ScratchFolder folder;
  put(folder / "s.toml", surrogate_scenario_with("epochs = 4", "epochs = 2") +
                             "[study]\n[[study.axis]]\n\"train.method\" = [\"exact\", "
                             "\"surrogate\"]\n");
  const CommandResult result = retro("study s.toml --out s", folder.path());
  CAPTURE(result.err, result.out);
  REQUIRE(result.status == 0);
  CHECK_THAT(result.out, Contains("spikes/neuron") && Contains("training"));
  CHECK_THAT(result.err, !Contains("has no effect"));  // the table is meant for one of the two
  const auto document = nlohmann::json::parse(get(folder / "s/study.json"));
  const auto& combinations = document["combinations"];
  REQUIRE(combinations.size() == 2);
  for (const auto& c : combinations) {
    CHECK(c["spikes_per_neuron"]["mean"] > 0.0);
    CHECK(c["seconds"]["mean"] > 0.0);
  }
  // A surrogate run is judged in steps, as the training of its own folder is.
  const Trained run =
      open_trained((folder / "s/runs").string() + "/" +
                       std::filesystem::path(std::string(combinations[1]["runs"][0]["folder"]))
                           .filename()
                           .string(),
                   "");
  REQUIRE(run.scenario.surrogate);
  const Dataset dataset = load_dataset(run.scenario, "");
  const SetResult steps = evaluate_in_steps(run.scenario, run.network, dataset.part(Part::test));
  CHECK(combinations[1]["score"]["mean"] == *steps.accuracy());
}
