// The files of a finished study.
#pragma once

#include <filesystem>
#include <vector>

#include <retrograde/scenarios/run/folder/call.hpp>
#include <retrograde/scenarios/run/study/results.hpp>

namespace retrograde {

// Writes results.csv, study.json, study.svg and report.html. `curves`: learning_curves of the
// study; `call`: that made it. Throws IoError.
void write_study(const Study& study, const std::vector<std::vector<double>>& curves,
                 const Call& call, const std::filesystem::path& folder);

}  // namespace retrograde
