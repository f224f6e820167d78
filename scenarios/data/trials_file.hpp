// A data set as one file, trial by trial as it is: that which was given to a training in memory, so that its
// run folder has all that the run needs. NPZ: per part P ("train", "validation", "test") the arrays P.times
// (ms) and P.neurons (ids) of all input spikes, P.offsets (trials + 1), P.durations (ms), P.labels (-1: none)
// and, where spikes are graded, P.payloads; and description.json with name, classes and notes.
//
// For spikes that other programs write there is kind = "events" of [data], which sorts them into parts.
#pragma once

#include <string>

#include <retrograde/scenarios/data/dataset.hpp>

namespace retrograde {

std::string trials_file(const Dataset& dataset);

// Throws IoError, and FormatError for what is no such file.
Dataset read_trials_file(const std::string& path);

}  // namespace retrograde
