// Trials as arrays: the spikes of all of them, one trial after the other, and where each trial begins.
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/engine/trial/labelled_trials.hpp>

namespace retrograde {

struct FlatTrials {
  // Of all input spikes (ms); payloads are 1 for spikes that are not graded, and none where no trial has any.
  std::vector<double> times, payloads;
  std::vector<NeuronId> neurons;
  std::vector<std::uint64_t> offsets = {0};  // trials + 1
  std::vector<double> durations;             // ms
  std::vector<std::int64_t> labels;          // no_decision: none
};

FlatTrials flat(const LabelledTrials& trials);

}  // namespace retrograde
