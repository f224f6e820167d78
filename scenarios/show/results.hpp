// The files that a finished training or check leaves in its folder for people and programs.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include <retrograde/scenarios/run/folder/folder_claim.hpp>
#include <retrograde/scenarios/show/page/report.hpp>

namespace retrograde {

// Writes run.json, report.html and figure.svg into the run folder. Throws IoError.
void write_results(const Report& report);

// Writes check.json, command.json and, where there is a page, report.html into the folder of a check, and
// removes the page of an earlier one otherwise. Throws IoError.
void write_check(const FolderClaim& folder, const nlohmann::ordered_json& document,
                 const std::optional<std::string>& page = std::nullopt);

}  // namespace retrograde
