// What `retro train` and `retro demo` share.
#pragma once

#include <string>

#include <retrograde/scenarios/run/folder/folder_claim.hpp>
#include <retrograde/scenarios/run/training.hpp>

namespace retrograde::cli {

// Trains in the claimed folder, evaluates, writes the results and prints them. Returns the exit status: 0, or 130 when
// interrupted.
int train_and_report(const Scenario& scenario, const Dataset& dataset, const FolderClaim& claim,
                     const TrainingOptions& options, const std::string& data_path);

}  // namespace retrograde::cli
