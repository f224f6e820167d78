// What a finished study says: mean and spread over the seeds of every combination. Accuracies are
// of the test part, at the epoch that the validation part chose. A data set without labels is
// judged by its loss.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include <retrograde/scenarios/run/study/study.hpp>

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
  StudyStatistic score;             // test accuracy (fraction), or test loss without labels; of
                                    // simulations what is drawn first (metrics.hpp)
  StudyStatistic validation;        // the same of the validation part
  StudyStatistic validation_loss;   // whatever the score is
  StudyStatistic spikes;            // per neuron and trial of the judged part
  StudyStatistic seconds;           // of training, wall clock
  // On the chip, of the runs that can go there: accuracy (with labels), and share of decisions
  // equal to the exact ones.
  StudyStatistic chip, agreement;
  std::size_t refused = 0;  // runs that cannot
};

// One row per combination, in order. Runs that are not finished are left out.
std::vector<StudyRow> study_rows(const Study& study);

// Runs of one combination that are finished, in the order of the seeds.
std::vector<const StudyRun*> runs_of(const Study& study, const std::vector<std::size_t>& values);

// The row that does best: by validation where there is such a part, since the test part is for
// reporting, and there by the loss where [train] says best = "loss"; null without results, and of
// simulations, which are not made to do anything well.
const StudyRow* best_row(const Study& study, const std::vector<StudyRow>& rows);

// Per combination, after each epoch, the mean over the seeds of the accuracy (fraction) of the validation
// part, or of training without one; losses without labels.
// From the checkpoints in the folder of the study; runs that failed are left out. Throws IoError
// and FormatError.
std::vector<std::vector<double>> learning_curves(const Study& study,
                                                 const std::filesystem::path& folder);

}  // namespace retrograde
