// What `retro train`, `retro demo` and `retro check` share.
#pragma once

#include <string>

#include <retrograde/scenarios/run/evaluation.hpp>
#include <retrograde/scenarios/run/training.hpp>

namespace retrograde::cli {

// Evaluates, with progress, and prints the result.
Evaluation evaluate_and_show(const Trained& trained, const Dataset& dataset,
                             const ChipProfile& profile);

// Trains, evaluates, writes the results and prints them. Returns the exit status: 0, or 130 when
// interrupted.
int train_and_report(Scenario scenario, const Dataset& dataset, const RunFolder& folder,
                     const TrainingOptions& options, const std::string& data_path);

}  // namespace retrograde::cli
