// What the ranks of a training hold alike (adjoint/ranks/shared_task.hpp), from a scenario and its
// data: the exact training, and the fine-tuning through the chip after it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include <retrograde/adjoint/gradient_source.hpp>
#include <retrograde/adjoint/ranks/shared_task.hpp>
#include <retrograde/adjoint/set_result.hpp>
#include <retrograde/adjoint/train/dropout.hpp>
#include <retrograde/engine/ranks/ranks.hpp>
#include <retrograde/hardware/loihi2/deploy/quantize.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

namespace retrograde {

class TrainingTask {
 public:
  // Both outlive it.
  TrainingTask(const Scenario& scenario, const Dataset& dataset);
  TrainingTask(const TrainingTask&) = delete;
  TrainingTask& operator=(const TrainingTask&) = delete;

  const SharedTask& shared() const { return shared_; }

 private:
  Dropout dropout_;
  DroppedTrials trials_;
  SharedTask shared_;
};

// Fine-tuning is judged by so many training trials where there is no validation part.
inline constexpr std::size_t judged_training_trials = 2000;

class TuningTask {
 public:
  // All outlive it. `trained` is the network that fine-tuning began with, whose synapses stay.
  TuningTask(const Scenario& scenario, const Network& trained, const Dataset& dataset,
             const loihi2::QuantizeOptions& grid);
  TuningTask(const TuningTask&) = delete;
  TuningTask& operator=(const TuningTask&) = delete;

  const SharedTask& shared() const { return shared_; }

 private:
  FirstTrials first_;
  SharedTask shared_;
};

// Who makes the gradients of a task over ranks, which outlive it.
std::unique_ptr<GradientSource> shared_gradients(const SharedTask& task, Ranks& ranks);
// The judgement of a network, over ranks if there are any (null: this process alone). Throws
// Interrupted after Ctrl-C.
SetResult judged_by(const SharedTask& task, const Network& network, Ranks* ranks);

// The machines of a batch that goes through the chip: forward on its emulator, back exactly.
std::function<BatchMachines(const Network&)> chip_machines(const loihi2::QuantizeOptions& grid,
                                                           const loihi2::Semantics& semantics,
                                                           Scheduler scheduler);

}  // namespace retrograde
