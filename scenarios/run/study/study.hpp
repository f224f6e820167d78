// Training all variations of a scenario: one ordinary training per combination and seed, many at
// once. A run is the unit that is parallel; its result depends on its scenario and on nothing else,
// so that neither the number of threads nor an interruption shows in a study.
//
// The folder of a study:
//   scenario.toml    the scenario that was studied
//   runs/NAME/       one per run: scenario.toml, metrics.csv and checkpoint.bin as in any run
//                    folder, and result.json once it is finished
//   results.csv      one row per run
//   study.json       the same with means, and versions
//   study.svg        the picture; report.html, the page to look at
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/read/study_spec.hpp>

namespace retrograde {

// What one training came to: the values of its best epoch (scenarios/run/folder/checkpoint.hpp), on the test
// part, which nothing is chosen on.
struct StudyResult {
  std::uint64_t parameters = 0;  // learned ones
  std::uint32_t epochs = 0, best_epoch = 0;
  // Of the best epoch; validation 0 without a validation part.
  double train_accuracy = 0, train_loss = 0, validation_accuracy = 0, validation_loss = 0;
  double test_accuracy = 0, test_loss = 0;
  double seconds = 0;   // of training, wall clock
  std::string failure;  // why it did not get through; empty: it did, and the rest counts
};

struct StudyRun {
  std::vector<std::size_t> values;  // of each axis
  std::uint64_t seed = 1;
  std::string name;                                 // of its folder
  std::string text;                                 // its scenario, resolved
  std::shared_ptr<const NetworkFile> network_file;  // of its [network]; null: none
  std::uint32_t epochs = 0;
  double work = 0;  // how long it takes, relative to others
  std::optional<StudyResult> result;
};

struct Study {
  std::string name, title, text;                    // of the scenario
  std::shared_ptr<const NetworkFile> network_file;  // likewise
  StudySpec spec;
  bool labelled = false, has_validation = false;  // what its data set has
  std::string part;                               // that runs are judged by: "test"
  std::size_t trials = 0;                         // of it
  std::vector<StudyRun> runs;  // seed after seed, in each the combinations in order

  std::size_t finished() const;
  bool failed() const;  // has any run failed?
};

// Reads every variation, so that whatever is wrong with one is known before the first is trained.
// Throws UsageError for a scenario without [study] or nothing to train, ScenarioError (naming the
// combination), IoError and FormatError (data).
Study plan_study(const Scenario& scenario, const std::string& data_path);

// Takes up the runs that a folder holds: finished ones get their results. With `overwrite` they are
// removed. Throws UsageError when one of them was another scenario's, FormatError for a damaged
// result, IoError.
void take_up(Study& study, const std::filesystem::path& folder, bool overwrite);

// Trains what is left, with progress on stderr. Returns false when Ctrl-C stopped it; everything is
// saved then. Runs whose activity or gradient got out of hand count as finished and failed.
bool run_study(Study& study, const std::filesystem::path& folder, const std::string& data_path);

std::filesystem::path run_path(const std::filesystem::path& folder, const StudyRun& run);

}  // namespace retrograde
