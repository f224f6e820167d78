// The pictures of a study.
#pragma once

#include <vector>

#include <retrograde/scenarios/run/study/results.hpp>
#include <retrograde/scenarios/show/plot/charts.hpp>

namespace retrograde {

// Score against the first axis, one line per combination of the others, bars of one deviation; of
// a study on the chip a second, dashed line of what the chip scores.
LineChart study_chart(const Study& study);

// One chart for each metric that is drawn (run/study/metrics.hpp) against the first axis; of trainings
// that name none, study_chart.
std::vector<LineChart> study_charts(const Study& study);

// Percentages that come near 100 get an axis that ends there; bars are cut.
void end_at_hundred(LineChart& chart);

}  // namespace retrograde
