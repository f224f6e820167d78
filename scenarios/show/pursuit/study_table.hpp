// A study of sparse coding: accuracy against the radius of the attack, mean and deviation over the
// seeds of every combination. As a table, as CSV, as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include <retrograde/scenarios/run/study/results.hpp>

namespace retrograde {

struct RobustnessRow {
  std::vector<std::size_t> values;  // of each axis
  std::size_t failed = 0;
  std::vector<double> epsilons;
  std::vector<StudyStatistic> accuracy;  // one per radius, fractions
  // Where the truth is known, else of no runs.
  StudyStatistic silent, group_accuracy, exact_support;
  StudyStatistic clean;  // test accuracy, without attack
  StudyStatistic vanished, seconds;
};

// One per combination, in order.
std::vector<RobustnessRow> robustness_rows(const Study& study);

// A row per combination, a column per radius; a table for each list of radii.
std::string robustness_table(const Study& study);
// results.csv: a row per run and radius, numbers in full.
std::string robustness_csv(const Study& study);
// retrograde.pursuit_study/1
nlohmann::ordered_json robustness_json(const Study& study);

}  // namespace retrograde
