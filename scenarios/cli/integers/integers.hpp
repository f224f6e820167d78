// What the verbs do with a network in integers, where it differs from one in real values.
#pragma once

#include <optional>
#include <string>

#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/output.hpp>
#include <retrograde/scenarios/exchange/trace_file.hpp>
#include <retrograde/scenarios/run/folder/folder_claim.hpp>

namespace retrograde::cli {

// What `retro run` was asked to write, claimed.
struct RunOutputs {
  std::optional<std::string> json, trace;
  TracedPopulations traced;
  FolderClaim* folder = nullptr;
};

// `retro run` on the emulator.
int run_integers(const Trained& trained, const ChosenTrial& chosen, const RunOutputs& outputs);
// `retro info`, but for its data.
void print_integers(const Scenario& scenario);

}  // namespace retrograde::cli
