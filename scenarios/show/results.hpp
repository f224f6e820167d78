// The files that a finished training or check leaves in its run folder for people and programs.
#pragma once

#include <string>

#include <retrograde/scenarios/show/page/report.hpp>

namespace retrograde {

// Writes run.json, report.html and figure.svg into the run folder. Throws IoError.
void write_results(const Report& report);

// Writes check-CHIP.json and check-CHIP.html beside them. Throws IoError.
void write_check(const Report& report, const std::string& chip);

}  // namespace retrograde
