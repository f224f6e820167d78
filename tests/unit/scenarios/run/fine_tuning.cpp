// Fine-tuning through the emulated chip, on a small Yin-Yang network. References: training itself,
// where the machine approximates nothing; the emulator; a run that was not stopped.
#include <catch2/catch.hpp>
#include <filesystem>
#include <mutex>

#include <retrograde/engine/parallel.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/hardware/loihi2/emulator/emulator.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/fine_tuning.hpp>
#include <retrograde/scenarios/run/on_chip.hpp>

#include "tests/support/scratch.hpp"
#include "tests/support/shipped_chip.hpp"
#include "tests/support/tiny_task.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

// Coarse steps for a fast network: the chip loses much, and there is much to win back.
constexpr const char* small_scenario = R"(
[scenario]
name = "small"
duration = "60 ms"
seed = 4
[[population]]
name = "in"
size = 5
[[population]]
name = "hidden"
size = 30
tau_mem = "15 ms"
tau_syn = "5 ms"
[[population]]
name = "out"
size = 3
model = "cuba_li"
tau_mem = "15 ms"
tau_syn = "5 ms"
[[projection]]
from = "in"
to = "hidden"
weight = { distribution = "normal", mean = 2.5, std = 1.5 }
delay = "1 ms"
delay_max = "20 ms"
learn = ["weight", "delay"]
[[projection]]
from = "hidden"
to = "out"
weight = { distribution = "normal", mean = 0.0, std = 0.2 }
delay = "1 ms"
delay_max = "20 ms"
learn = ["weight", "delay"]
[data]
kind = "yin_yang"
population = "in"
t_early = "2 ms"
t_late = "40 ms"
bias_spike = "2 ms"
train = 600
test = 200
[loss]
kind = "voltage_cross_entropy"
population = "out"
gain = 10.0
[train]
epochs = 8
batch = 50
weight_rate = 0.02
delay_rate = 0.3
[chip]
step = "2 ms"
fine_tune = { epochs = 4, rate = 0.3 }
)";

struct Run {
  ScratchFolder scratch;
  Scenario scenario;
  Dataset dataset;
  RunFolder folder{scratch.path()};
  TrainingOptions options;
  Network trained;

  explicit Run(const std::string& text = small_scenario)
      : scenario(parse_scenario(text, "small.toml")), dataset(load_dataset(scenario, "")) {
    write_file(folder.scenario(), scenario.text);
    trained = trained_network(scenario, train(scenario, dataset, folder, options).checkpoint);
  }
  double chip_accuracy(const OnChip& on_chip, Part part) const {
    const loihi2::Emulator emulator(on_chip.quantized.chip);
    const LabelledTrials& trials = dataset.part(part);
    std::vector<char> right(trials.size(), 0);
    loihi2::EmulationOptions emulation;
    emulation.readout = scenario.run_options().readout;
    for_each_trial(trials.size(), [&](std::size_t k) {
      right[k] = emulator.run(trials.trial(k), emulation).decision == trials.label(k);
    });
    return static_cast<double>(std::count(right.begin(), right.end(), 1)) /
           static_cast<double>(trials.size());
  }
};

}  // namespace

TEST_CASE("fine-tuning wins back what the chip lost, and says what the emulator says") {
  const Run run;
  const OnChip before = put_on_chip(run.scenario, run.trained, run.dataset);
  const TuningResult tuned =
      fine_tune(run.scenario, run.trained, run.dataset, run.folder, run.options);
  REQUIRE(tuned.finished);
  const Checkpoint& training = tuned.tuning.training;
  REQUIRE(training.history.size() == 4);
  const OnChip after = put_on_chip(run.scenario, run.trained, tuned.tuning);
  const double lost = run.chip_accuracy(before, Part::validation);
  const double won = run.chip_accuracy(after, Part::validation);
  CAPTURE(lost, won, training.best_epoch);
  CHECK(training.best_epoch > 0);
  CHECK(won == training.best_accuracy);
  CHECK(won > lost + 0.01);
  // The grid stayed as it was.
  CHECK(tuned.tuning.scales == before.options.scales);
  CHECK(tuned.tuning.threshold_drop == before.options.threshold_drop);
  // What `retro check` and `export` would take.
  const Trained opened = open_trained(run.folder.path().string(), "");
  REQUIRE(opened.tuning);
  CHECK(opened.tuning->training.best_values == training.best_values);
  CHECK(!put_on_chip(opened, run.dataset).calibration);
  // An evaluation judges the fine-tuned chip, which is another one than the calibrated.
  const Evaluation evaluation = evaluate_network(opened, run.dataset, shipped_chip("loihi2"));
  REQUIRE(evaluation.chip);
  const double judged = run.chip_accuracy(after, Part::test);
  CHECK(evaluation.chip->conformance.accuracy_chip() == judged);
  CHECK(run.chip_accuracy(before, Part::test) != judged);
  CHECK(evaluation.chip->tuned_epoch == training.best_epoch);
}

TEST_CASE("fine-tuning that was stopped goes on to the same bits") {
  const Run whole, parts;
  const TuningResult all =
      fine_tune(whole.scenario, whole.trained, whole.dataset, whole.folder, whole.options);
  TrainingOptions options = parts.options;
  // In the middle of the second epoch, and at the end of the third.
  for (const double stop : {1.4, 2.95}) {
    options.on_progress = [&](double epochs) { return epochs < stop; };
    CHECK(!fine_tune(parts.scenario, parts.trained, parts.dataset, parts.folder, options).finished);
    options.resume = true;
  }
  options.on_progress = {};
  const TuningResult rest =
      fine_tune(parts.scenario, parts.trained, parts.dataset, parts.folder, options);
  CHECK(rest.finished);
  CHECK(rest.tuning.training.trainer.values == all.tuning.training.trainer.values);
  CHECK(rest.tuning.training.best_values == all.tuning.training.best_values);
  CHECK(rest.tuning.training.history.size() == all.tuning.training.history.size());
}

namespace {

// Trials that remember the order in which they were asked for.
class Recorded final : public LabelledTrials {
 public:
  explicit Recorded(const FirstTrials& trials) : trials_(trials) {}
  std::size_t size() const override { return trials_.size(); }
  Trial trial(std::size_t index) const override {
    const std::lock_guard lock(mutex_);
    asked_.push_back(static_cast<std::uint32_t>(index));
    return trials_.trial(index);
  }
  int label(std::size_t index) const override { return trials_.label(index); }
  const std::vector<std::uint32_t>& asked() const { return asked_; }

 private:
  FirstTrials trials_;
  mutable std::mutex mutex_;
  mutable std::vector<std::uint32_t> asked_;
};

}  // namespace

TEST_CASE("fine-tuning meets the trials in other orders than the exact training did") {
  // One after the other: a batch is a trial.
  std::string text = small_scenario;
  const auto replace = [&](const std::string& from, const std::string& to) {
    REQUIRE(text.find(from) != std::string::npos);
    text.replace(text.find(from), from.size(), to);
  };
  replace("train = 600", "train = 40");
  replace("test = 200", "test = 40");
  replace("epochs = 8", "epochs = 1");
  replace("batch = 50", "batch = 1");
  replace("epochs = 4", "epochs = 2");
  const Run run(text);
  const auto met = std::make_shared<Recorded>(FirstTrials(run.dataset.part(Part::train), 20));
  const auto judged = std::make_shared<FirstTrials>(run.dataset.part(Part::test), 20);
  fine_tune(run.scenario, run.trained, Dataset(run.dataset.info(), met, judged, judged), run.folder,
            run.options);
  // The last two passes, after those of the calibration. The exact training has the scenario's seed.
  std::vector<std::uint32_t> expected;
  for (std::uint32_t epoch = 0; epoch < 2; ++epoch) {
    std::vector<std::uint32_t> order(20);
    for (std::uint32_t k = 0; k < 20; ++k) order[k] = k;
    Random(run.scenario.seed + 1, "shuffle", epoch).shuffle(order);
    expected.insert(expected.end(), order.begin(), order.end());
  }
  REQUIRE(met->asked().size() >= 40);
  CHECK(std::vector<std::uint32_t>(met->asked().end() - 40, met->asked().end()) == expected);
}

TEST_CASE("training lifts silent neurons and fine-tuning leaves them alone") {
  // Neurons that inhibition keeps silent whatever is added in so few epochs.
  std::string text = small_scenario;
  const auto replace = [&](const std::string& from, const std::string& to) {
    REQUIRE(text.find(from) != std::string::npos);
    text.replace(text.find(from), from.size(), to);
  };
  replace("[data]",
          "[[population]]\nname = \"quiet\"\nsize = 3\n[[projection]]\nfrom = \"in\"\n"
          "to = \"quiet\"\nname = \"inhibition\"\n"
          "weight = -5.0\ndelay = \"1 ms\"\nlearn = [\"weight\"]\n[data]");
  replace("train = 600", "train = 100");
  replace("epochs = 8", "epochs = 2\nsilent_increment = 0.0625");
  replace("epochs = 4", "epochs = 2");
  const Run run(text);
  const Projection& quiet =
      run.scenario.network.projections()[*run.scenario.network.find_projection("inhibition")];
  const auto checkpoint = read_checkpoint(run.folder.checkpoint());
  const TuningResult tuned =
      fine_tune(run.scenario, run.trained, run.dataset, run.folder, run.options);
  REQUIRE(tuned.finished);
  REQUIRE(tuned.tuning.training.history.size() == 2);
  for (SynapseId s = quiet.first; s < quiet.first + quiet.size; ++s) {
    CAPTURE(s);
    CHECK(checkpoint.trainer.values[s] == -5.0 + 2 * 0.0625);
    CHECK(tuned.tuning.training.trainer.values[s] == run.trained.parameters()[s]);
  }
}

TEST_CASE("fine-tuning of another network is not taken up, and a damaged one is an error") {
  const Run run;
  fine_tune(run.scenario, run.trained, run.dataset, run.folder, run.options);
  CHECK(tuning_of(run.folder, run.trained));
  CHECK(!tuning_of(run.folder, run.scenario.network));
  const std::vector<std::uint8_t> bytes = read_file(run.folder.tuning());
  const auto with = [&](std::string_view text) {
    write_file(run.folder.tuning(), text);
    try {
      tuning_of(run.folder, run.trained);
    } catch (const FormatError& error) {
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  const std::string whole(bytes.begin(), bytes.end());
  CHECK_THAT(with(whole.substr(0, whole.size() / 2)), Catch::Contains("truncated"));
  CHECK_THAT(with(whole.substr(0, 10)), Catch::Contains("ends early"));
  std::string flipped = whole;
  flipped[whole.size() / 2] = static_cast<char>(flipped[whole.size() / 2] ^ 1);
  CHECK_THAT(with(flipped), Catch::Contains("checksum"));
  const std::vector<std::uint8_t> other = read_file(run.folder.checkpoint());
  CHECK_THAT(with(std::string(other.begin(), other.end())), Catch::Contains("not a Retrograde"));
}
