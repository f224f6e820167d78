// What a training of a dictionary, a classifier or both leaves: checkpoint.bin and metrics.csv of its
// run folder. A checkpoint holds everything that the training needs to go on, bit for bit.
//
// Binary: a frame of run/folder/archive.hpp, "RETROSCP"; identities of scenario and data; the course
// (adjoint/pursuit/training.hpp): matrices, column after column, how far it has come and the sums of
// the epoch under way, states of schedules, epochs; seconds of each epoch, and of that one so far.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <retrograde/adjoint/pursuit/training.hpp>

namespace retrograde {

struct PursuitCheckpoint {
  std::uint64_t scenario_identity = 0, data_identity = 0;
  PursuitCourse course;
  std::vector<double> seconds;   // wall clock of each epoch
  double running_seconds = 0.0;  // of the one that is under way
};

// The content of a checkpoint file.
std::string pursuit_checkpoint_bytes(const PursuitCheckpoint& checkpoint);
void write_pursuit_checkpoint(const std::string& path, const PursuitCheckpoint& checkpoint);

// `begin` is the course before its first epoch, whose sizes the file has to have. Throws IoError, and
// FormatError with the offset of what is wrong.
PursuitCheckpoint read_pursuit_checkpoint(const std::string& path, PursuitCourse begin);
// From bytes; `file` is for messages.
PursuitCheckpoint parse_pursuit_checkpoint(const std::vector<std::uint8_t>& bytes,
                                           const std::string& file, PursuitCourse begin);

// Of the epoch whose classifier is kept; 0: none yet. 1-based.
std::uint32_t best_epoch(const PursuitCourse& course);

void write_pursuit_metrics(const std::string& path, const PursuitCheckpoint& checkpoint);

}  // namespace retrograde
