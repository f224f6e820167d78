// The sections of a report, one file each; report.cpp is their table of contents. A section without
// anything to show is empty.
#pragma once

#include <optional>
#include <string>

#include <retrograde/scenarios/show/page/report.hpp>
#include <retrograde/scenarios/show/plot/charts.hpp>

namespace retrograde {

std::string learning_section(const Report& report);             // learning.cpp
std::string sample_section(const Report& report);               // sample.cpp
std::string decisions_section(const Report& report);            // decisions.cpp
std::string values_section(const Report& report);               // values.cpp
std::string chip_section(const Report& report);                 // chip.cpp
std::string budget_section(const loihi2::ErrorBudget& budget);  // budget.cpp
std::string mapping_section(const Deployment& deployment);      // mapping.cpp

// What keeps the network off the chip, or makes it decide otherwise there.
std::vector<std::string> decisive_findings(const Deployment& deployment);
// Epoch by epoch; of trials with labels.
LineChart accuracy_chart(const Report& report);
LineChart loss_chart(const Report& report);
// Of an epoch, for a chart: not-a-number, which is left out, where no trial has a label.
double in_percent(const std::optional<double>& accuracy);
// As much of it as a page may hold.
Raster sample_raster(const Report& report, const SampleRun& sample, double width);

}  // namespace retrograde
