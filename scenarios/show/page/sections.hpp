// The sections of a report, one file each; report.cpp is their table of contents. A section without
// anything to show is empty.
#pragma once

#include <string>

#include <retrograde/scenarios/show/page/report.hpp>

namespace retrograde {

std::string learning_section(const Report& report);             // learning.cpp
std::string activity_section(const Report& report);             // activity.cpp
std::string sample_section(const Report& report);               // sample.cpp
std::string decisions_section(const Report& report);            // decisions.cpp
std::string mistakes_section(const Report& report);             // mistakes.cpp
std::string values_section(const Report& report);               // values.cpp
std::string chip_section(const Report& report);                 // chip.cpp
std::string budget_section(const loihi2::ErrorBudget& budget);  // budget.cpp
std::string mapping_section(const Deployment& deployment);      // mapping.cpp

// What keeps the network off the chip, or makes it decide otherwise there.
std::vector<std::string> decisive_findings(const Deployment& deployment);

}  // namespace retrograde
