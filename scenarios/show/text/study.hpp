// A study for people: its table, its CSV file, and what is said while it runs.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <retrograde/scenarios/run/study/metrics.hpp>
#include <retrograde/scenarios/run/study/results.hpp>
#include <retrograde/scenarios/run/study/runner.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde {

// A row per combination: mean ± standard deviation over the seeds.
std::string study_table(const Study& study);

// results.csv: a row per run, combination after combination, with all metrics but the
// time that it took, numbers in full.
std::string study_csv(const Study& study);

// The columns of tables after the axes, and those of a row: of trainings accuracy or loss and what
// belongs to it; what is drawn besides; of simulations that name no ordinate also the activity of the
// first populations, at most so many.
std::vector<StudyMetric> table_metrics(const Study& study, std::size_t most_populations);
std::vector<std::string> study_head(const Study& study, std::size_t most_populations);
std::vector<std::string> study_cells(const Study& study, const StudyRow& row,
                                     std::size_t most_populations);

// "12.5 ± 0.31", "98.20 ± 0.13 %"; "-" without values.
std::string metric_text(const StudyMetric& metric, const StudyStatistic& s);

// How many trials judge a run: "300", or "4 to 8" where data sets differ.
std::string trial_range(const Study& study);

// "98.20 %", or a loss in a study without labels.
std::string value_text(const Study& study, double value);
// "98.20 ± 0.13 %", or a loss; "-" without values.
std::string score_text(const Study& study, const StudyStatistic& s);
// The same of a share in any study.
std::string share_text(const StudyStatistic& s);

// How far all runs have come, on stderr: a line that changes, and one that stays per finished run.
class StudyProgress final : public StudyObserver {
 public:
  explicit StudyProgress(const Study& study);
  void advanced(std::size_t run, double epochs, bool taken_up) override;
  void finished(std::size_t run) override;

 private:
  using Clock = std::chrono::steady_clock;
  const Study& study_;
  Progress progress_;
  Clock::time_point started_ = Clock::now();
  std::vector<double> epochs_;     // per run
  std::size_t done_ = 0;           // runs
  double total_ = 0, before_ = 0;  // work; what was done before this session
};

}  // namespace retrograde
