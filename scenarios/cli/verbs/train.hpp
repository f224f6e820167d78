// What `retro train` and `retro demo` share.
#pragma once

#include <retrograde/scenarios/run/folder/folder_claim.hpp>
#include <retrograde/scenarios/run/training.hpp>

namespace retrograde::cli {

// Trains in the claimed folder, evaluates, writes the results and prints them. Returns the exit
// status: 0, 1 when an identity of the self-check is violated, or 130 when interrupted.
int train_and_report(Scenario scenario, const Dataset& dataset, const FolderClaim& claim,
                     const TrainingOptions& options);

}  // namespace retrograde::cli
