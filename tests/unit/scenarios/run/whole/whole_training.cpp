// A training to its end. Reference: its two courses, one after the other.
#include <catch2/catch.hpp>
#include <string>

#include <retrograde/scenarios/run/fine_tuning.hpp>
#include <retrograde/scenarios/run/whole/whole_training.hpp>

#include "tests/support/scratch.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

// Steps that are much too long, so that an epoch in the middle is the best.
const std::string erratic = R"(
[scenario]
name = "erratic"
duration = "30 ms"
[[population]]
name = "in"
size = 5
[[population]]
name = "out"
size = 3
model = "cuba_li"
[[projection]]
from = "in"
to = "out"
weight = { distribution = "normal", mean = 0.0, std = 0.2 }
learn = ["weight"]
[data]
kind = "yin_yang"
population = "in"
t_early = "2 ms"
t_late = "15 ms"
bias_spike = "2 ms"
train = 120
test = 30
[loss]
kind = "voltage_cross_entropy"
population = "out"
[train]
epochs = 6
batch = 20
weight_rate = 1.0
[chip]
fine_tune = { epochs = 1 }
)";

std::vector<double> values_of(const Network& network) {
  return {network.parameters().begin(), network.parameters().end()};
}

}  // namespace

TEST_CASE("a training to its end is its course and, through the chip, the other one") {
  const ScratchFolder scratch, apart;
  const RunFolder folder(scratch.path()), other(apart.path());
  const Scenario scenario = parse_scenario(erratic, "erratic.toml");
  const Dataset dataset = load_dataset(scenario, "");
  const TrainingResult course = train(scenario, dataset, other, {});
  const Network trained = trained_network(scenario, course.checkpoint);
  const TuningResult tuned = fine_tune(scenario, trained, dataset, other, {});
  REQUIRE(course.checkpoint.best_epoch < course.checkpoint.trainer.epoch);
  REQUIRE(tuned.failure.empty());

  int calls = 0;
  const WholeTraining whole =
      train_wholly(parse_scenario(erratic, "erratic.toml"), dataset, folder, {},
                   Tuning::where_wanted, [&](const WholeTraining& so_far) {
                     ++calls;
                     CHECK(so_far.finished);
                     CHECK_FALSE(so_far.tuning);
                     CHECK_FALSE(so_far.trained.tuning);
                   });
  CHECK(calls == 1);
  CHECK(whole.finished);
  CHECK(whole.tuning);
  CHECK(whole.trained.epoch == course.checkpoint.best_epoch);
  CHECK(values_of(whole.trained.network) == values_of(trained));
  REQUIRE(whole.trained.tuning);
  CHECK(whole.trained.tuning->training.trainer.values == tuned.tuning.training.trainer.values);
  CHECK(whole.epochs == 1);
}

TEST_CASE("a training that is not tuned ends before the chip, and one that is stopped says so") {
  const Scenario scenario = parse_scenario(erratic, "erratic.toml");
  const Dataset dataset = load_dataset(scenario, "");
  {
    const ScratchFolder scratch;
    const WholeTraining plain = train_wholly(parse_scenario(erratic, "erratic.toml"), dataset,
                                             RunFolder(scratch.path()), {}, Tuning::no);
    CHECK(plain.finished);
    CHECK_FALSE(plain.tuning);
    CHECK(plain.epochs == 6);
    CHECK_FALSE(plain.early);
  }
  {
    // The third epoch is the best, and nobody waits longer than two.
    const ScratchFolder scratch;
    std::string text = erratic;
    text.replace(text.find("epochs = 6"), 10, "epochs = 20\npatience = 2");
    const WholeTraining tired = train_wholly(parse_scenario(text, "erratic.toml"), dataset,
                                             RunFolder(scratch.path()), {}, Tuning::no);
    CHECK(tired.finished);
    CHECK(tired.early);
    CHECK(tired.epochs == *tired.trained.epoch + 2);
  }
  {
    // After two epochs of the first course.
    const ScratchFolder scratch;
    TrainingOptions options;
    options.on_progress = [](double epochs) { return epochs < 2.0; };
    const WholeTraining stopped = train_wholly(parse_scenario(erratic, "erratic.toml"), dataset,
                                               RunFolder(scratch.path()), options);
    CHECK_FALSE(stopped.finished);
    CHECK_FALSE(stopped.tuning);
    CHECK(stopped.epochs == 2);
  }
  {
    // In the second course.
    const ScratchFolder scratch;
    TrainingOptions options;
    bool tuning = false;
    options.on_progress = [&](double) { return !tuning; };
    const WholeTraining stopped =
        train_wholly(parse_scenario(erratic, "erratic.toml"), dataset, RunFolder(scratch.path()),
                     options, Tuning::where_wanted, [&](const WholeTraining&) { tuning = true; });
    CHECK_FALSE(stopped.finished);
    CHECK(stopped.tuning);
    CHECK_FALSE(stopped.trained.tuning);
  }
}
