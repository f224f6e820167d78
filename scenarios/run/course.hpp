// Epochs of a trainer, with a judgement and a row of metrics after each, the best epoch kept, and
// everything saved: what training and fine-tuning have in common.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include <retrograde/adjoint/train/trainer.hpp>
#include <retrograde/scenarios/read/train_spec.hpp>
#include <retrograde/scenarios/run/folder/checkpoint.hpp>
#include <retrograde/scenarios/run/observer.hpp>

namespace retrograde {

// What the caller asks of every session of training.
struct SessionOptions {
  double save_interval = 0.0;  // s between saves at least; 0: after every epoch
  // Called after every batch, or epoch if it was its last, with the epochs done so far, in
  // fractions; false stops, as Ctrl-C does.
  std::function<bool(double epochs)> on_progress = {};
  TrainingObserver* observer = nullptr;  // null: nobody watches
};

struct Course {
  Trainer& trainer;
  // Its history grows, its best epoch follows; `trainer` is set before each save.
  Checkpoint& checkpoint;
  const SessionOptions& options;
  std::string_view what = "epoch";  // for the observer
  std::uint32_t epochs = 0;         // up to which it runs
  std::size_t trials = 0;           // per epoch
  // It ends after so many epochs without a better one; 0: never before its end.
  std::uint32_t patience = 0;
  BestBy best = BestBy::accuracy;
  std::function<SetResult(const Network&)> validate = {};  // none: no validation part
  std::function<void()> save = {};
  // What is kept of an epoch that has ended, before it is saved.
  std::function<void(std::uint32_t epoch)> keep = {};
};

enum class CourseEnd : std::uint8_t {
  finished,
  early,    // it ran out of patience, in this session or an earlier one
  stopped,  // by Ctrl-C or on_progress, in the middle of an epoch or after one
  // After an epoch that moved no parameter (Trainer::stuck): those left would all be like it.
  stuck,
};

// Whether the last so many epochs of a training were no better than one before them.
bool out_of_patience(const Checkpoint& checkpoint, std::uint32_t patience);

// Runs a course to its end and saves it. A judgement that throws Interrupted stops it without its
// epoch. Throws what Trainer::run_epoch throws.
CourseEnd run_course(const Course& course);

}  // namespace retrograde
