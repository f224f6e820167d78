// Fine-tuning for the chip: training goes on through the chip. Forward, every trial runs on the
// emulated chip, bit for bit, with weights and delays on its integer grid; backward, the adjoint is
// exact along the spikes that the chip made; the gradient moves the real values behind the integers
// as if rounding were not there (straight through). So the network learns with everything that the
// chip does to it: steps, latency, rounding, truncation, thresholds.
//
// The grid, weight units and lowered thresholds, is calibrated once, at the start (on_chip.hpp).
// The epoch that is best on the chip is kept, the start among them.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <retrograde/adjoint/gradient_source.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/hardware/loihi2/deploy/quantize.hpp>
#include <retrograde/hardware/loihi2/model/semantics.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/folder/run_folder.hpp>
#include <retrograde/scenarios/run/training.hpp>

namespace retrograde {

struct TuningResult {
  bool finished = false;  // false: stopped; chip.bin is written
  std::string failure;    // why there is none, what was trained before stands; empty: there is one
  ChipTuning tuning;
};

// Fine-tunes `trained`, as [chip] fine_tune of the scenario says, and keeps it in the run folder's
// chip.bin. With options.resume it goes on with that file, if it began with the same values. Epochs
// are judged by the validation part, or the first 2000 training trials. Where no gradient reaches
// anything that is learned it ends after an epoch, with the start as the best. A network that cannot go
// on the chip, or that fine-tuning drives where it cannot go on, is a failure and leaves no chip.bin.
// Throws IoError and FormatError for the run folder.
TuningResult fine_tune(const Scenario& scenario, const Network& trained, const Dataset& dataset,
                       const RunFolder& folder, const TrainingOptions& options);

// Gradients through the chip on this grid: forward on the emulated chip, back by `scheduler` along
// its spikes (adjoint/tape_gradients.hpp).
std::unique_ptr<GradientSource> gradients_through_chip(const loihi2::QuantizeOptions& grid,
                                                       const loihi2::Semantics& semantics,
                                                       Scheduler scheduler);

// The fine-tuning of a run folder, if it has one that began with the values of `trained`.
std::optional<ChipTuning> tuning_of(const RunFolder& folder, const Network& trained);

}  // namespace retrograde
