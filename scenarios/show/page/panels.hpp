// The charts of a run that its report (sections.hpp) and its picture (picture.hpp) have in common.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <retrograde/scenarios/show/page/report.hpp>
#include <retrograde/scenarios/show/plot/charts.hpp>

namespace retrograde {

// Epoch by epoch; of trials with labels. learning.cpp
LineChart accuracy_chart(const Report& report);
LineChart loss_chart(const Report& report);
// Of an epoch, for a chart: not-a-number, which is left out, where no trial has a label.
double in_percent(const std::optional<double>& accuracy);

// Spikes and voltages of a sample, as much of it as a page may hold. sample.cpp
Raster sample_raster(const Report& report, const SampleRun& sample, double width);
// "test trial 7, label: yin, decision: yang"
std::string sample_name(const Report& report, const SampleRun& sample);
// "yin", the number of a class without a name, or "none".
std::string class_name(const Report& report, int index);

// Exact decisions; none without labels, or where classes are too many to be read. decisions.cpp
std::optional<HeatMap> confusion_map(const Report& report);

// What was learned, before and after; the kinds that are asked for, or all where none is. values.cpp
std::vector<Histogram> learned_histograms(const Report& report,
                                          const std::vector<ParameterKind>& kinds = {});

// How the spikes of each layer are spread over its neurons. activity.cpp
std::vector<Histogram> activity_histograms(const Report& report);

// The trials that the network is most wrong about: a head, and a row of cells for each. mistakes.cpp
struct MistakeTable {
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
  std::string note;  // what the margin is
};
MistakeTable mistake_table(const Report& report);

}  // namespace retrograde
