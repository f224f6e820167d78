#include <algorithm>
#include <filesystem>
#include <utility>

#include <retrograde/events/fingerprint.hpp>
#include <retrograde/hardware/loihi2/deploy/approximation.hpp>
#include <retrograde/scenarios/run/fine_tuning.hpp>
#include <retrograde/scenarios/run/on_chip.hpp>

namespace retrograde {

namespace {

// Without a validation part.
constexpr std::size_t judged_training_trials = 2000;

// The network on the chip, as the trainer sees it.
class ChipSurrogate final : public Surrogate {
 public:
  ChipSurrogate(const Network& network, const loihi2::QuantizeOptions& options,
                const loihi2::Semantics& semantics)
      : chip_(loihi2::quantize(network, options).chip),
        stepped_(network, chip_, loihi2::ApproximationSet::all(), semantics) {}
  const Network& network() const override { return stepped_.network(); }
  Tape run(const Trial& trial, const RunOptions& options) const override {
    return stepped_.run(trial, options);
  }

 private:
  loihi2::ChipNetwork chip_;
  loihi2::ApproximateNetwork stepped_;
};

std::uint64_t fingerprint_of(const Network& network) {
  Fingerprint print;
  print.add(network.parameters());
  return print.value();
}

}  // namespace

std::optional<ChipTuning> tuning_of(const RunFolder& folder, const Network& trained) {
  std::error_code error;
  if (!std::filesystem::exists(folder.tuning(), error)) return std::nullopt;
  ChipTuning tuning = read_tuning(folder.tuning());
  if (tuning.start != fingerprint_of(trained) || tuning.training.layout != trained.layout())
    return std::nullopt;
  return tuning;
}

TuningResult fine_tune(const Scenario& scenario, const Network& trained, const Dataset& dataset,
                       const RunFolder& folder, const TrainingOptions& options) {
  const FineTuneSpec& spec = *scenario.chip.fine_tune;
  const LabelledTrials& trials = dataset.part(Part::train);
  const FirstTrials first(trials, judged_training_trials);
  const LabelledTrials& validation = dataset.part(Part::validation);
  const LabelledTrials& judge = validation.size() > 0 ? validation : first;

  TuningResult result;
  ChipTuning& tuning = result.tuning;
  std::optional<ChipTuning> found;
  if (options.resume) found = tuning_of(folder, trained);
  const bool goes_on = found.has_value();
  if (goes_on) {
    tuning = std::move(*found);
  } else {
    const loihi2::QuantizeOptions grid = put_on_chip(scenario, trained, dataset).options;
    tuning.start = fingerprint_of(trained);
    tuning.scales = grid.scales;
    tuning.threshold_drop = grid.threshold_drop;
    tuning.weight_exponent = grid.weight_exponent;
    tuning.training.scenario_identity = scenario_identity(scenario.text, scenario.seed);
    tuning.training.layout = trained.layout();
  }
  const loihi2::QuantizeOptions grid = tuned_options(scenario, tuning);
  const auto on_chip = [&](const Network& network) {
    return std::make_unique<ChipSurrogate>(network, grid, scenario.chip.semantics);
  };
  const auto judged = [&](const Network& network) {
    return evaluate(*on_chip(network), judge, *scenario.loss, scenario.run_options());
  };

  TrainerOptions trainer_options = retrograde::trainer_options(scenario, 0);
  for (double& rate : trainer_options.adam.rate) rate *= spec.rate;
  trainer_options.rate_decay = spec.rate_decay;
  trainer_options.silent_increment = 0.0;    // a neuron that is silent here was meant to be
  trainer_options.seed = scenario.seed + 1;  // other orders than those of the exact training
  trainer_options.surrogate = on_chip;
  Trainer trainer(trained, scenario.learning, trials, *scenario.loss, trainer_options);

  Checkpoint& checkpoint = tuning.training;
  Course course{trainer, checkpoint};
  course.what = "fine-tuning epoch";
  course.epochs = spec.epochs;
  course.trials = trials.size();
  course.validate = judged;
  course.save = [&] { write_tuning(folder.tuning(), tuning); };
  if (goes_on) {
    trainer.restore(checkpoint.trainer);
  } else {
    const SetResult start = judged(trained);
    checkpoint.best_accuracy = start.accuracy();
    checkpoint.best_loss = start.loss();
    checkpoint.best_values.assign(trained.parameters().begin(), trained.parameters().end());
    checkpoint.trainer = trainer.state();
    course.save();
  }
  result.finished = run_course(course, options);
  return result;
}

}  // namespace retrograde
