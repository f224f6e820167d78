// Training as a scenario says, in a run folder: a course of epochs (course.hpp) that can be stopped
// and taken up again.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <retrograde/adjoint/train/trainer.hpp>
#include <retrograde/engine/ranks/ranks.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/course.hpp>
#include <retrograde/scenarios/run/folder/run_folder.hpp>

namespace retrograde {

struct TrainingOptions : SessionOptions {
  std::optional<std::uint32_t> epochs;  // instead of the scenario's
  bool resume = false;
  std::uint32_t self_check = 0;  // as TrainerOptions::self_check
  bool tensorboard = false;      // keep an event log, too
  // Keep what is learned after every so many epochs (folder/value_history.hpp); 0: never.
  std::uint32_t values_every = 0;
  // Others that have met (ranks/ranks_training.hpp) and share the work; null: this process alone.
  Ranks* ranks = nullptr;
};

struct TrainingResult {
  bool finished = false;  // false: stopped; the checkpoint is written
  bool early = false;     // it finished because its patience was over
  Checkpoint checkpoint;
  SelfCheck self_check;           // of this session
  std::uint64_t peak_memory = 0;  // bytes resident at most in this process until its end
};

// [train] of a scenario.
TrainerOptions trainer_options(const Scenario& scenario, std::uint32_t self_check);

// Judges a network as training with surrogate gradients, which the scenario has, takes it: in
// steps. Throws Interrupted after Ctrl-C; `progress` as that of evaluate_stepped.
SetResult evaluate_in_steps(const Scenario& scenario, const Network& network,
                            const LabelledTrials& trials,
                            const std::function<bool(std::size_t)>& progress = {});

// Throws UsageError unless the scenario has a loss and something to learn.
void require_trainable(const Scenario& scenario);

// Throws UsageError where `dataset` is not what the training in `folder` has met: what was trained
// with could be tested on, and epochs would be compared on two validation parts.
void require_same_data(const RunFolder& folder, const Dataset& dataset);

// Trains to the end or until Ctrl-C. Throws UsageError when a checkpoint belongs to another
// scenario or patience has no validation part, and NetworkError when nothing can be learned
// (Trainer::stuck), after the epoch that shows it: its checkpoint is written. What fails in the
// first epoch leaves no checkpoint.
TrainingResult train(const Scenario& scenario, const Dataset& dataset, const RunFolder& folder,
                     const TrainingOptions& options);

// Throws UsageError unless the checkpoint of `folder` was written by a training of this scenario
// and this network.
void require_same_scenario(const Scenario& scenario, const Checkpoint& checkpoint,
                           const RunFolder& folder);

// The network with the values of the best epoch of a training, or as it was left.
Network trained_network(const Scenario& scenario, const Checkpoint& checkpoint,
                        ChosenEpoch chosen = ChosenEpoch::best);

}  // namespace retrograde
