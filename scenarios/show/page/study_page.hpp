// The page and the picture of a study.
#pragma once

#include <filesystem>
#include <string>

#include <retrograde/scenarios/run/study/runner.hpp>

namespace retrograde {

// Writes results.csv, study.json, study.svg and report.html. Learning curves come from the
// checkpoints of the runs. Throws IoError and FormatError.
void write_study(const Study& study, const std::filesystem::path& folder);

}  // namespace retrograde
