#include <algorithm>
#include <filesystem>
#include <limits>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <retrograde/adjoint/tape_gradients.hpp>
#include <retrograde/adjoint/train/training_error.hpp>
#include <retrograde/engine/runaway.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/fingerprint.hpp>
#include <retrograde/scenarios/run/course.hpp>
#include <retrograde/scenarios/run/fine_tuning.hpp>
#include <retrograde/scenarios/run/folder/scenario_identity.hpp>
#include <retrograde/scenarios/run/on_chip.hpp>
#include <retrograde/scenarios/run/ranks/ranks_training.hpp>
#include <retrograde/scenarios/run/ranks/training_task.hpp>

namespace retrograde {

namespace {

std::uint64_t fingerprint_of(const Network& network) {
  Fingerprint print;
  print.add(network.parameters());
  return print.value();
}

// The grid is calibrated once, at the start.
ChipTuning begun(const Scenario& scenario, const Network& trained, const Dataset& dataset) {
  const loihi2::QuantizeOptions grid = put_on_chip(scenario, trained, dataset).options;
  ChipTuning tuning;
  tuning.start = fingerprint_of(trained);
  tuning.scales = grid.scales;
  tuning.threshold_drop = grid.threshold_drop;
  tuning.weight_exponent = grid.weight_exponent;
  tuning.training.scenario_identity = scenario_identity(scenario);
  tuning.training.data_identity = identity_of(dataset);
  tuning.training.layout = trained.layout();
  return tuning;
}

TrainerOptions tuner_options(const Scenario& scenario) {
  const FineTuneSpec& spec = *scenario.chip.fine_tune;
  TrainerOptions options = trainer_options(scenario, 0);
  for (double& rate : options.adam.rate) rate *= spec.rate;
  // Schedules are for the course of the exact training, and dropout for what it is to generalise:
  // here a few short steps adapt to a chip, which mutes nobody.
  options.schedules = {spec.rate_decay, {}, spec.epochs};
  options.dropout = {};
  options.silent_increment = 0.0;    // a neuron that is silent here was meant to be
  options.seed = scenario.seed + 1;  // other orders than those of the exact training
  return options;
}

// Fine-tuning begins at the trained values, which may lie outside their bounds: batch normalisation
// that was folded in scales weights and turns those of whole neurons. Where a sign was the bound,
// it is the sign of the trained weight now; other bounds are widened to what was trained.
void hold_trained(const Scenario& scenario, const Network& trained, Learning& learning) {
  constexpr double infinite = std::numeric_limits<double>::infinity();
  const std::span<const double> values = trained.parameters();
  std::vector<PairId> pairs;
  if (scenario.structure) pairs = scenario.structure->pairs().taken_by(trained);
  Runs<double> lower, upper;
  const auto hold = [&](std::size_t k, const ValueRange& range) {
    const double value = values[k];
    const bool within = value >= range.lower && value <= range.upper;
    const bool turned = !within && k < pairs.size() && scenario.structure->sign(pairs[k]) != 0;
    lower.append(1, turned ? (value < 0.0 ? -infinite : 0.0) : std::min(range.lower, value));
    upper.append(1, turned ? (value < 0.0 ? 0.0 : infinite) : std::max(range.upper, value));
  };
  learning.for_each_alike(0, learning.size(),
                          [&](std::size_t k, std::size_t end, const ValueRange& range) {
                            for (; range.learned && k < end; ++k) hold(k, range);
                            lower.append(end - k, range.lower);
                            upper.append(end - k, range.upper);
                          });
  learning.lower = std::move(lower);
  learning.upper = std::move(upper);
}

// The rates of groups are made as short as the others.
Learning tuned_learning(const Scenario& scenario, const Network& trained) {
  Learning learning = scenario.learned_of(trained);
  hold_trained(scenario, trained, learning);
  for (LearningGroup& group : learning.groups)
    if (group.rate) *group.rate *= scenario.chip.fine_tune->rate;
  return learning;
}

// The start counts among the epochs: it is the best one until another is better.
void keep_as_best(Checkpoint& checkpoint, const Network& network, const SetResult& judged) {
  checkpoint.best_accuracy = judged.accuracy();
  checkpoint.best_loss = judged.loss();
  checkpoint.best_values.assign(network.parameters().begin(), network.parameters().end());
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

std::unique_ptr<GradientSource> gradients_through_chip(const loihi2::QuantizeOptions& grid,
                                                       const loihi2::Semantics& semantics,
                                                       Scheduler scheduler) {
  return std::make_unique<TapeGradients>(chip_machines(grid, semantics, scheduler));
}

namespace {

// fine_tune, which explains what this throws.
TuningResult tune(const Scenario& scenario, const Network& trained, const Dataset& dataset,
                  const RunFolder& folder, const TrainingOptions& options) {
  const LabelledTrials& trials = dataset.part(Part::train);

  TuningResult result;
  ChipTuning& tuning = result.tuning;
  std::optional<ChipTuning> found;
  if (options.resume) found = tuning_of(folder, trained);
  const bool goes_on = found.has_value();
  tuning = goes_on ? std::move(*found) : begun(scenario, trained, dataset);

  const loihi2::QuantizeOptions grid = tuned_options(scenario, tuning);
  const TuningTask task(scenario, trained, dataset, grid);
  if (options.ranks) ask_tuning(*options.ranks, scenario, trained, tuning);
  const auto judged = [&](const Network& network) {
    return judged_by(task.shared(), network, options.ranks);
  };
  Trainer trainer(
      trained, tuned_learning(scenario, trained), trials, *scenario.loss, tuner_options(scenario),
      options.ranks ? shared_gradients(task.shared(), *options.ranks)
                    : gradients_through_chip(grid, scenario.chip.semantics, scenario.scheduler));

  Checkpoint& checkpoint = tuning.training;
  Course course{trainer, checkpoint, options};
  course.what = "fine-tuning epoch";
  course.epochs = scenario.chip.fine_tune->epochs;
  course.trials = trials.size();
  course.best = scenario.train.best;
  course.validate = judged;
  course.save = [&] { write_tuning(folder.tuning(), tuning); };
  if (goes_on) {
    trainer.restore(checkpoint.trainer);
  } else {
    keep_as_best(checkpoint, trained, judged(trained));
    checkpoint.trainer = trainer.state();
    course.save();
  }
  // Where no gradient reaches anything there is nothing to tune, and the start is the best.
  result.finished = run_course(course) != CourseEnd::stopped;
  return result;
}

}  // namespace

TuningResult fine_tune(const Scenario& scenario, const Network& trained, const Dataset& dataset,
                       const RunFolder& folder, const TrainingOptions& options) {
  const auto failed = [&](const Error& error) {
    std::error_code ignored;
    std::filesystem::remove(folder.tuning(), ignored);
    TuningResult result;
    result.failure = error.what();
    return result;
  };
  try {
    return tune(scenario, trained, dataset, folder, options);
  } catch (const Interrupted&) {  // before the first epoch
    return {};
  } catch (const DeploymentError& error) {
    return failed(error);
  } catch (const TrainingError& error) {
    return failed(error);
  } catch (const NetworkError& error) {
    return failed(error);
  } catch (const NumericalError& error) {
    return failed(error);
  } catch (const RunawayError& error) {
    return failed(error);
  }
}

}  // namespace retrograde
