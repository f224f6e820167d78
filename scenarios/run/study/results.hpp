// What a finished study says: mean and spread over the seeds of every combination, as a table for
// people, results.csv and study.json for programs, and a picture. Accuracies are of the test part,
// at the epoch that the validation part chose. A data set without labels is judged by its loss.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include <retrograde/scenarios/run/study/runner.hpp>
#include <retrograde/scenarios/show/plot/charts.hpp>

namespace retrograde {

// Over the seeds of one combination.
struct StudyStatistic {
  std::size_t count = 0;
  double mean = 0, lowest = 0, highest = 0;
  double deviation = 0;  // of the sample (n - 1); 0 for one value
};
StudyStatistic statistic(const std::vector<double>& values);

struct StudyRow {
  std::vector<std::size_t> values;  // of each axis
  std::uint64_t parameters = 0;     // learned
  std::size_t failed = 0;           // runs that do not count below
  StudyStatistic score;             // test accuracy (fraction), or test loss without labels
  StudyStatistic validation;        // the same of the validation part
};

// One row per combination, in order. Runs that are not finished are left out.
std::vector<StudyRow> study_rows(const Study& study);

std::string study_table(const Study& study);
std::string study_csv(const Study& study);
nlohmann::ordered_json study_json(const Study& study);
// Score against the first axis, one line per combination of the others, bars of one deviation.
LineChart study_chart(const Study& study);

// Percentages that come near 100 get an axis that ends there; bars are cut.
void end_at_hundred(LineChart& chart);

// "98.20 ± 0.13 %", or a loss; "-" without values.
std::string score_text(const Study& study, const StudyStatistic& s);

}  // namespace retrograde
