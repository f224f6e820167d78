// The curves of a training for TensorBoard, beside metrics.csv: `tensorboard --logdir runs` shows all
// runs that have one, while they are trained too.
//
//   loss/training, loss/validation, accuracy/training, accuracy/validation
//   activity/spikes_per_neuron, activity/silent_neurons, activity/silent_per_batch
//   rate/factor (of the learning rates), rate/forward_deliveries_per_s, rate/backward_deliveries_per_s
//   gradient/smallest_slope_per_ms, gradient/grazing_spikes
//   weight/PROJECTION, delay/PROJECTION, ...: histograms of what is learned; step 0 is before training
//
// A step is an epoch. Times are the beginning of the first session plus the time that was trained, so
// that breaks between sessions do not show. Nothing reads the file back for a result.
#pragma once

#include <string>
#include <vector>

#include <retrograde/adjoint/train/learned_groups.hpp>
#include <retrograde/scenarios/run/folder/checkpoint.hpp>

namespace retrograde {

struct EventLog {
  const Network& before;  // its initial values
  const Learning& learning;
  bool validated = false;  // the history says something of a validation part
  // Of the network of the moment, where its synapses are others; null: as before.
  const Learning* learning_now = nullptr;
};

// Brings the file up to the last epoch of the history, whose values are `now`: epochs that it has
// stay as they are, damaged records and epochs beyond the history go, what is missing is appended, so
// that a reader which has the file open goes on. Histograms are of the first values and of `now`,
// since a history keeps none. Throws IoError.
void write_event_log(const std::string& path, const EventLog& log,
                     const std::vector<EpochMetrics>& history, const Network& now);

}  // namespace retrograde
