// Fine-tuning for the chip: training goes on through the chip. Forward, every trial runs on the
// emulated chip, bit for bit, with weights and delays on its integer grid; backward, the adjoint is
// exact along the spikes that the chip made; the gradient moves the real values behind the integers
// as if rounding were not there (straight through). So the network learns with everything that the
// chip does to it: steps, latency, rounding, truncation, thresholds.
//
// The grid, weight units and lowered thresholds, is calibrated once, at the start (on_chip.hpp).
// The epoch that is best on the chip is kept, the start among them.
#pragma once

#include <optional>

#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/folder/run_folder.hpp>
#include <retrograde/scenarios/run/training.hpp>

namespace retrograde {

struct TuningResult {
  bool finished = false;  // false: stopped; chip.bin is written
  ChipTuning tuning;
};

// Fine-tunes `trained`, as [chip] fine_tune of the scenario says, and keeps it in the run folder's
// chip.bin. With options.resume it goes on with that file, if it began with the same values. Epochs
// are judged by the validation part, or the first 2000 training trials. Throws NetworkError and
// LimitError for a network that cannot go on the chip.
TuningResult fine_tune(const Scenario& scenario, const Network& trained, const Dataset& dataset,
                       const RunFolder& folder, const TrainingOptions& options);

// The fine-tuning of a run folder, if it has one that began with the values of `trained`.
std::optional<ChipTuning> tuning_of(const RunFolder& folder, const Network& trained);

}  // namespace retrograde
