// A training of a dictionary, with a classifier or alone: lines while it runs, and what it ends with, as text, JSON
// and a page.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include <retrograde/scenarios/run/folder/call.hpp>
#include <retrograde/scenarios/run/folder/run_folder.hpp>
#include <retrograde/scenarios/run/pursuit/coding.hpp>
#include <retrograde/scenarios/run/pursuit/pursuit_checkpoint.hpp>
#include <retrograde/scenarios/run/pursuit/pursuit_evaluation.hpp>

namespace retrograde {

// What a run has come to. `model` has the classifier of the best epoch.
struct PursuitReport {
  const Scenario& scenario;
  const PursuitModel& model;
  const PursuitCheckpoint& checkpoint;
  const PursuitEvaluation& evaluation;
  const std::vector<Coding>& samples;  // a few signals of the judged part
  const std::vector<Call>& calls;
};

// The last epoch: "epoch 3/20  loss 0.41  training 91.20 %  validation 92.40 % (best)  12 s".
std::string epoch_text(const PursuitCourse& course, std::uint32_t epochs, double seconds);
std::string pursuit_report_text(const PursuitReport& report);
// retrograde.pursuit_train/1
nlohmann::ordered_json pursuit_report_json(const PursuitReport& report);
// Writes run.json and report.html. Throws IoError.
void write_pursuit_results(const PursuitReport& report, const RunFolder& folder);

}  // namespace retrograde
