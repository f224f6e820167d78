// What a training of a dictionary and a classifier leaves: checkpoint.bin and metrics.csv of its run
// folder. A checkpoint holds everything that the training needs to go on, bit for bit.
//
// Binary: a frame of run/folder/archive.hpp, "RETROSCP"; identities of scenario and data, the state as
// arrays with names (matrices, column after column), the values of the best epoch likewise, a row per
// epoch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <retrograde/engine/pursuit/dictionary.hpp>

namespace retrograde {

// One row of metrics.csv. Means over the epoch, of signals as they were met.
struct PursuitEpoch {
  std::uint32_t epoch = 0;  // 1-based
  double loss = 0.0;        // weighted sum of the terms
  double reconstruction = 0.0, cross_entropy = 0.0, coherence = 0.0, gap = 0.0;
  double kkt = 0.0;     // residual of the codes that gradients were taken at
  double active = 0.0;  // share of active groups
  double train_accuracy = 0.0, validation_accuracy = 0.0;  // 0 without a classifier or such a part
  double validation_loss = 0.0;
  double seconds = 0.0;  // wall clock

  bool operator==(const PursuitEpoch&) const = default;
};

struct NamedArray {
  std::string name;
  Matrix values;
};

struct PursuitCheckpoint {
  std::uint64_t scenario_identity = 0, data_identity = 0;
  std::uint32_t epoch = 0;        // epochs done
  std::vector<NamedArray> state;  // after them
  std::uint32_t best_epoch = 0;   // by the validation part; 0: none yet
  double best_score = 0.0;
  std::vector<NamedArray> best;
  std::vector<PursuitEpoch> history;
};

// The array of that name. Throws InternalError where there is none.
const Matrix& array_named(const std::vector<NamedArray>& arrays, const std::string& name);

void write_pursuit_checkpoint(const std::string& path, const PursuitCheckpoint& checkpoint);
// Throws IoError, and FormatError with the offset of what is wrong.
PursuitCheckpoint read_pursuit_checkpoint(const std::string& path);
// From bytes; `file` is for messages.
PursuitCheckpoint parse_pursuit_checkpoint(const std::vector<std::uint8_t>& bytes,
                                           const std::string& file);

void write_pursuit_metrics(const std::string& path, const std::vector<PursuitEpoch>& history);

}  // namespace retrograde
