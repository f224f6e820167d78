// Runs of a study that differ only in what comes after training, such as [[event]] and [chip], are
// judged by one training: a run takes the training of another into its folder, as if it had made it.
#pragma once

#include <string>

#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/folder/run_folder.hpp>

namespace retrograde {

// What of a resolved scenario its training depends on: runs with equal texts are trained alike, bit for
// bit. `name` is for messages.
std::string training_text(const std::string& resolved, const std::string& name);

// Copies a training that is finished, and its fine-tuning, from the folder of one run into that of
// another, whose scenario this is; checkpoint.bin last. Throws IoError, FormatError.
void take_training(const RunFolder& from, const Scenario& scenario, const RunFolder& into);

}  // namespace retrograde
