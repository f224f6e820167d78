// What the verbs work on that take a scenario of sparse coding: its pursuit and classifier before any
// training, or those of a run folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/scenarios/run/folder/call.hpp>
#include <retrograde/scenarios/run/folder/run_folder.hpp>
#include <retrograde/scenarios/run/pursuit/model.hpp>

namespace retrograde {

struct TrainedPursuit {
  Scenario scenario;
  std::optional<RunFolder> folder;  // none: a scenario file
  PursuitModel model;
  std::optional<std::uint32_t> epoch;  // that dictionary and classifier are of
  std::vector<Call> calls;             // that made the folder
  std::string data_path;               // absolute, or empty

  const PursuitSpec& spec() const { return *scenario.pursuit; }
};

// Whether a run folder or a scenario file is of sparse coding. False for what cannot be read: who goes
// on with it says why.
bool is_sparse_coding(const std::string& path);

// What is to be said of a scenario, called `path`, that has something to learn and has not learned it; else
// empty.
std::string unlearned(const TrainedPursuit& trained, const std::string& path);

// `path` is a run folder or a scenario file; `data_path` (of --data) goes before what the run remembers,
// seed and settings of `overrides` before what the scenario says. Throws UsageError for a folder without
// a training or with that of another scenario, and for another seed of a run, or settings that it was
// trained with; IoError, FormatError, ScenarioError.
TrainedPursuit open_pursuit(const std::string& path, const std::string& data_path,
                            const ScenarioOverrides& overrides = {});

}  // namespace retrograde
