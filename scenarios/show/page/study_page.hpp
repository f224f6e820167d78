// The files of a finished study.
#pragma once

#include <filesystem>
#include <vector>

#include <retrograde/scenarios/run/study/results.hpp>

namespace retrograde {

// Writes results.csv, study.json, study.svg and report.html. `curves`: learning_curves of the
// study. Throws IoError.
void write_study(const Study& study, const std::vector<std::vector<double>>& curves,
                 const std::filesystem::path& folder);

}  // namespace retrograde
