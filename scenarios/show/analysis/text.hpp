// Where synapses lie in space and time, as text and as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/analysis/analysis.hpp>

namespace retrograde {

// "by sign, in steps of 10 ms, queen neighbours, 999 permutations"
std::string measure_text(const Analysis& analysis);
// "in->hidden", "in->hidden (late)"
std::string projection_text(const ProjectionAnalysis& projection);

// The table of a projection: a row for each network and null.
inline constexpr const char* analysis_columns[] = {
    "",           "null",       "mean I",    "at random", "neurons significant",
    "same signs", "of neurons", "at random", "p of these"};
std::vector<std::vector<std::string>> analysis_rows(const ProjectionAnalysis& projection);
// What cannot be measured, and why; a sentence each.
std::vector<std::string> analysis_remarks(const ProjectionAnalysis& projection);

std::string analysis_text(const std::string& name, const Analysis& analysis);
nlohmann::ordered_json json_analysis(const Scenario& scenario, const Analysis& analysis);

}  // namespace retrograde
