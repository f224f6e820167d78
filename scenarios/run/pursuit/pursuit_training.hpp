// A dictionary and a classifier, or one of them, trained as a scenario says, in a run folder: a training
// that can be stopped after any batch and taken up again, bit for bit.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include <retrograde/scenarios/run/folder/run_folder.hpp>
#include <retrograde/scenarios/run/pursuit/model.hpp>
#include <retrograde/scenarios/run/pursuit/pursuit_checkpoint.hpp>

namespace retrograde {

struct PursuitSession {
  std::optional<std::uint32_t> epochs;  // instead of the scenario's
  // Told of each epoch that is done; whether to go on.
  std::function<bool(const PursuitCheckpoint&)> progress = {};
  // Told of each batch but the last of an epoch: how many epochs are done, with a part of the one under
  // way. Whether to go on.
  std::function<bool(double epochs)> on_batch = {};
};

struct PursuitTrained {
  bool finished = false;  // false: stopped; the checkpoint is written
  PursuitCheckpoint checkpoint;
};

// Goes on with the checkpoint of `folder`, where there is one; saves after every epoch and when it
// stops, by Ctrl-C too. Throws UsageError for a scenario that learns nothing, a checkpoint of another
// scenario or of other data, and what train_pursuit throws.
PursuitTrained train_in_folder(const Scenario& scenario, const PursuitModel& model,
                               const RunFolder& folder, const PursuitSession& session = {});

// Throws UsageError for a scenario that learns nothing.
void require_learning(const Scenario& scenario);

// The checkpoint of a folder; throws UsageError where it is another scenario's or of other data than
// the model's.
PursuitCheckpoint checkpoint_of(const Scenario& scenario, const PursuitModel& model,
                                const RunFolder& folder);

}  // namespace retrograde
