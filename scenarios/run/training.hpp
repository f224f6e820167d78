// A training session: trains what a scenario says in a run folder, with progress, a checkpoint per
// epoch, resumption, and at the end the evaluation on the test set.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include <retrograde/adjoint/train/trainer.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/folder/run_folder.hpp>

namespace retrograde {

struct TrainingOptions {
  std::optional<std::uint32_t> epochs;  // instead of the scenario's
  bool resume = false;
  std::uint32_t self_check = 0;  // as TrainerOptions::self_check
  bool quiet = false;            // no progress on stderr
  double save_interval = 0;      // s between checkpoints at least; 0: after every epoch
  // Called after every batch with the epochs done so far, in fractions; returns false to stop, as
  // Ctrl-C does.
  std::function<bool(double epochs)> on_progress = {};
};

struct TrainingResult {
  bool finished = false;  // false: stopped; the checkpoint is written
  Checkpoint checkpoint;
  SelfCheck self_check;  // of this session
};

// Epochs of a trainer: what training and fine-tuning have in common.
struct Course {
  Trainer& trainer;
  // Its history grows, its best epoch follows; `trainer` is set before each save.
  Checkpoint& checkpoint;
  const char* what = "epoch";                              // in lines of progress
  std::uint32_t epochs = 0;                                // up to which it runs
  std::size_t trials = 0;                                  // per epoch
  std::function<SetResult(const Network&)> validate = {};  // none: no validation part
  std::function<void()> save = {};
};

// Runs a course to its end, with progress, and saves it; false: stopped by Ctrl-C or on_progress,
// everything saved.
bool run_course(Course& course, const TrainingOptions& options);

// [train] of a scenario.
TrainerOptions trainer_options(const Scenario& scenario, std::uint32_t self_check);

// Throws UsageError unless the scenario has a loss and something to learn.
void require_trainable(const Scenario& scenario);

// Trains to the end or until Ctrl-C. Throws UsageError when a checkpoint belongs to another
// scenario.
TrainingResult train(const Scenario& scenario, const Dataset& dataset, const RunFolder& folder,
                     const TrainingOptions& options);

// The network with the values that a training chose.
Network trained_network(const Scenario& scenario, const Checkpoint& checkpoint);

}  // namespace retrograde
