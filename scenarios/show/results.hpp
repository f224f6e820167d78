// The files that a finished training or check leaves in its folder for people and programs.
#pragma once

#include <retrograde/scenarios/run/folder/folder_claim.hpp>
#include <retrograde/scenarios/show/page/report.hpp>

namespace retrograde {

// Writes run.json, report.html and figure.svg into the run folder. Throws IoError.
void write_results(const Report& report);

// Writes check.json, report.html and command.json into the folder of a check. Throws IoError.
void write_check(const Report& report, const FolderClaim& folder);

}  // namespace retrograde
