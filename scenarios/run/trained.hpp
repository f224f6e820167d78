// What the verbs after training work on: the network of a run folder, or that of a scenario file
// before any training.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/folder/call.hpp>
#include <retrograde/scenarios/run/folder/run_folder.hpp>

namespace retrograde {

struct Trained {
  Scenario scenario;
  std::optional<RunFolder> folder;  // none: a scenario file, whose network is untrained
  std::optional<Checkpoint> checkpoint;
  Network network;
  std::optional<std::uint32_t> epoch;  // that its values are of; the last one may be unfinished
  std::optional<ChipTuning> tuning;    // for the chip, of that network
  std::string untuned;      // why fine-tuning has come to nothing, for those who have just tried
  std::vector<Call> calls;  // that made the folder
  std::string data_path;    // for load_dataset; absolute, or empty
  std::uint64_t peak_memory =
      0;  // bytes, until a training has ended that has just gone on; 0: none has
};

// `path` is a run folder or a scenario file; `data_path` (of --data) goes before what the run
// remembers, `settings` (of --set) before what the scenario says. Throws UsageError for a folder
// without a run, for one whose checkpoint is of another scenario, for settings that it was trained
// with, and for the last epoch of what has none; IoError, FormatError, ScenarioError.
Trained open_trained(const std::string& path, const std::string& data_path,
                     ChosenEpoch chosen = ChosenEpoch::best,
                     const std::vector<Setting>& settings = {});

// The same of a scenario that is open already: its untrained network or, where `network` is given, that
// one, which has its populations and projections and values of its own. `settings` go before what the
// scenario says; with a network they are those that its values do not depend on. Reads the scenario
// once more. Throws UsageError, ScenarioError.
Trained trained_of(const Scenario& scenario, const Network* network, const std::string& data_path,
                   const std::vector<Setting>& settings = {});

// What is to be said where a run was trained with other data than these; empty: it was not.
std::string other_data(const Trained& trained, const Dataset& dataset);

// Throws UsageError for a setting that is none of `free`: keys, or sections with their dot, on which
// nothing depends that a training has left.
void require_free(const std::vector<Setting>& settings, const std::vector<std::string>& free,
                  const RunFolder& folder);

}  // namespace retrograde
