// A checkpoint: everything a training needs to go on, bit for bit, and what a finished one leaves.
//
// Binary, little-endian: "RETROCKP", u32 format version, u64 size of the body, body, u64 XXH3 of
// the body. An accuracy that does not exist is stored as not-a-number. The body begins with the identity of the scenario, so that a checkpoint is never
// applied to another network.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/adjoint/train/trainer.hpp>

namespace retrograde {

// One row of metrics.csv.
struct EpochMetrics {
  std::uint32_t epoch = 0;  // 1-based
  // Over the trials as they were met; the loss of the validation part is 0 where there is none.
  double train_loss = 0, validation_loss = 0;
  std::optional<double> train_accuracy, validation_accuracy;  // none: no trial has a label
  double spikes_per_neuron = 0;                               // per trial, spiking neurons
  std::uint64_t silent_neurons = 0;
  std::vector<std::uint32_t> silent_populations;  // that fire, but did not in this epoch
  // Of the learning rates of weights, delays and other parameters, in the last batch.
  double rate_factor = 1, delay_rate_factor = 1, neuron_rate_factor = 1;
  std::uint64_t delays = 0, zero_delays = 0;  // that may be learned; that are 0 (DelayCount)
  GrazingCounts grazing;                      // of all batches
  std::uint64_t removed = 0, grown = 0;       // synapses, where structure is learned
  double silent_per_batch = 0;  // spiking neurons without a spike in a batch, mean over batches
  double forward_rate = 0, backward_rate = 0;  // deliveries/s
  double seconds = 0;                          // wall clock of the epoch
};

// Wall clock of all epochs, and the mean over them of a metric; 0 without any.
double total_seconds(const std::vector<EpochMetrics>& history);
double mean_of(const std::vector<EpochMetrics>& history, double EpochMetrics::*metric);

struct Checkpoint {
  std::uint64_t scenario_identity = 0;
  std::uint64_t data_identity = 0;  // identity_of(dataset) that it was trained with
  ParameterLayout layout;           // of the scenario's network, with which training begins
  // Where structure is learned, how many pairs may have a synapse; 0: it stays.
  std::uint64_t pairs = 0;
  TrainerState trainer;
  std::vector<EpochMetrics> history;
  // The epoch with the best validation accuracy (training accuracy without a validation part; ties:
  // lower validation loss), whose values are evaluated and deployed.
  std::uint32_t best_epoch = 0;
  std::optional<double> best_accuracy;  // none: nothing has a label, and the loss decides
  double best_loss = 0;
  std::vector<double> best_values;
  // Where structure is learned, who has a synapse in it (TrainerState::synapses).
  std::vector<PairId> best_synapses;
  // The values that the training was left with, where its source has learned something of its own that
  // is folded in; empty: those of `trainer`.
  std::vector<double> folded_values;
};

// Whose values of a training are taken: of its best epoch, or those it was left with.
enum class ChosenEpoch : std::uint8_t { best, last };

// Fine-tuning for the chip (fine_tuning.hpp), in a file of its own; the same frame, "RETROCHP".
struct ChipTuning {
  // On the grid: losses and accuracies of the history are those of the chip, the best epoch is the
  // one that is best there, 0 before the first.
  Checkpoint training;
  std::uint64_t start = 0;  // fingerprint of the values that it began with
  // The grid, which stays as it was calibrated at the start: QuantizeOptions of the same names.
  std::vector<double> scales, threshold_drop;
  std::int32_t weight_exponent = 0;
};

// The content of a checkpoint file.
std::string checkpoint_bytes(const Checkpoint& checkpoint);
void write_checkpoint(const std::string& path, const Checkpoint& checkpoint);
// Throws IoError, and FormatError with the offset of what is wrong.
Checkpoint read_checkpoint(const std::string& path);
void write_tuning(const std::string& path, const ChipTuning& tuning);
ChipTuning read_tuning(const std::string& path);
// From bytes; `file` is for messages.
Checkpoint parse_checkpoint(const std::vector<std::uint8_t>& bytes, const std::string& file);

}  // namespace retrograde
