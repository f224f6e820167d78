// What a trained network is worth: accuracy on the test set, exactly and on the emulated chip, and
// the files that say so, run.json and report.html.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include <retrograde/hardware/conformance.hpp>
#include <retrograde/hardware/loihi2/deploy/calibrate.hpp>
#include <retrograde/hardware/loihi2/deploy/error_budget.hpp>
#include <retrograde/hardware/loihi2/deploy/quantize.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/deployment.hpp>
#include <retrograde/scenarios/run/folder/run_folder.hpp>

namespace retrograde {

// The network on the chip.
struct ChipEvaluation {
  Conformance conformance;
  loihi2::QuantizationReport quantization;
  loihi2::Calibration calibration;  // before any fine-tuning
  loihi2::ErrorBudget budget;       // on the first trials of the part
  // Of the fine-tuning, whose network it is then; else none.
  std::optional<std::uint32_t> tuned_epoch;
  Deployment deployment;
};

struct Evaluation {
  Part part = Part::test;  // train, where a data set has no test part
  SetResult exact;
  std::optional<ChipEvaluation> chip;
  std::string chip_refusal;  // why the network cannot go on the chip
};

// Runs the whole part exactly and on the chip, fine-tuned if it was, with progress, and takes the
// error budget on its first 1000 trials. The arithmetic is that of Loihi 2;
// cores, time and energy are those of `profile`. Throws Interrupted on Ctrl-C.
Evaluation evaluate_network(const Scenario& scenario, const Network& network,
                            const std::optional<ChipTuning>& tuning, const Dataset& dataset,
                            const ChipProfile& profile);

// The same as a table for people, and as the document retrograde.check/1.
void print_evaluation(const Scenario& scenario, const Network& network,
                      const Evaluation& evaluation);
nlohmann::ordered_json json_evaluation(const Scenario& scenario, const Network& network,
                                       const Evaluation& evaluation);

// Writes run.json and report.html.
void write_results(const Scenario& scenario, const Dataset& dataset, const RunFolder& folder,
                   const Checkpoint& checkpoint, const std::optional<ChipTuning>& tuning,
                   const Evaluation& evaluation, const std::string& data_path);

}  // namespace retrograde
