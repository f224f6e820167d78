// What a study of sparse coding leaves in its folder: results.csv, study.json, study.svg, report.html.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <retrograde/scenarios/run/folder/call.hpp>
#include <retrograde/scenarios/run/study/study.hpp>
#include <retrograde/scenarios/show/plot/charts.hpp>

namespace retrograde {

// A chart per value of the first axis, where there are several axes; a line per combination of the
// others: accuracy against the radius, bars of one standard deviation over the seeds.
std::vector<LineChart> robustness_charts(const Study& study);

// Throws IoError.
void write_pursuit_study(const Study& study, const Call& call, const std::filesystem::path& folder);

}  // namespace retrograde
