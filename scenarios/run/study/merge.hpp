// Runs of one study that were made in several folders (by shards, on several machines), put together in
// one.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <retrograde/scenarios/run/study/study.hpp>

namespace retrograde {

// The scenario that all these folders are studies of, as the first one keeps it. Throws UsageError for a
// folder that holds no study, or another one.
std::filesystem::path scenario_of_all(const std::vector<std::string>& folders);

// Copies finished runs of the study that `into` lacks from the first of the folders that has them, whole:
// result.json, which says that a run is finished, at last. Throws UsageError for a run that was made
// from another scenario, IoError. How many.
std::size_t gather_runs(const Study& study, const std::vector<std::string>& folders,
                        const std::filesystem::path& into);

// Names of the runs that have no result.
std::vector<std::string> missing_runs(const Study& study);

}  // namespace retrograde
