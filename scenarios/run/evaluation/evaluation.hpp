// What a trained network is worth: accuracy on the test set, exactly and on the emulated chip, what
// each step to the chip costs, what the chip takes, and single trials to look at. Values only:
// show/ makes texts, documents and pages of them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <retrograde/adjoint/set_result.hpp>
#include <retrograde/hardware/conformance.hpp>
#include <retrograde/hardware/loihi2/deploy/calibrate.hpp>
#include <retrograde/hardware/loihi2/deploy/error_budget.hpp>
#include <retrograde/hardware/loihi2/deploy/quantize.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/run/deployment.hpp>
#include <retrograde/scenarios/run/evaluation/layer_activity.hpp>
#include <retrograde/scenarios/run/evaluation/mistakes.hpp>
#include <retrograde/scenarios/run/evaluation/remedies.hpp>
#include <retrograde/scenarios/run/evaluation/sample.hpp>
#include <retrograde/scenarios/run/trained.hpp>

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
  std::optional<Remedies> remedies;  // none: nothing is to be mended, or nothing was tried
};

struct Evaluation {
  Part part = Part::test;     // train, where a data set has no test part
  bool has_test_part = true;  // of the data set
  bool judged = true;         // the scenario has a loss; else there are spikes and nothing more
  // In steps, as surrogate gradients trained it; none: it was trained by exact ones.
  std::optional<SetResult> stepped;
  SetResult exact;
  std::optional<ChipEvaluation> chip;
  std::string chip_refusal;        // why the network cannot go on the chip
  std::vector<JudgedTrial> worst;  // what it is most wrong about, the worst first
  std::vector<SampleRun> samples;  // the chosen one, then the worst ones

  // Whether decisions can be held against labels; else there is no accuracy.
  bool labelled() const { return exact.labelled > 0; }
};

// How many of the worst trials are listed at most.
inline constexpr std::size_t worst_trials = 10;

// How many trials the error budget takes at most: enough to tell a few tenths of a percent, few
// enough for some seconds.
inline constexpr std::size_t budget_trials = 1000;

// Told now and then what is done and how far it has come; false stops with Interrupted, as Ctrl-C
// does.
using EvaluationProgress =
    std::function<bool(std::string_view what, std::size_t done, std::size_t of)>;

// What trials come to without a loss: their spikes and deliveries. In parallel, summed in the order of
// trials; `progress` and `each` as of evaluate (adjoint/evaluate.hpp).
SetResult count_spikes(const Machine& machine, const LabelledTrials& trials,
                       const RunOptions& options,
                       const std::function<bool(std::size_t done)>& progress,
                       const std::function<void(const Tape&)>& each = {});

// The part that a network is judged by: test, or train where a data set has no test part.
Part judged_part(const Dataset& dataset);

// What is to be said where it was train for lack of another.
inline constexpr std::string_view no_test_part =
    "the data set has no test part: these numbers are of the training part, with which the network "
    "is trained";

// Runs the whole part exactly, without a chip; `sample` is the trial that is shown. Without a loss spikes
// are counted and nothing is judged. Throws what the runs throw, and Interrupted.
Evaluation evaluate_exactly(const Trained& trained, const Dataset& dataset, Part part,
                            std::size_t sample = 0, const EvaluationProgress& progress = {});

// Whether settings that would mend the network on the chip are tried (remedies.hpp).
enum class Remedying { no, where_wanted };

// Runs the whole part exactly and on the chip, fine-tuned if it was, and takes the error budget on
// its first trials. The arithmetic is that of Loihi 2; cores, time and energy are those of `profile`.
// A network that cannot go on the chip has a refusal in the place of `chip`. Settings are not tried for
// one that was fine-tuned for those it has. The result does not depend on the number of threads. Throws
// what the runs throw.
Evaluation evaluate_network(const Trained& trained, const Dataset& dataset,
                            const ChipProfile& profile, const EvaluationProgress& progress = {},
                            Remedying remedying = Remedying::no);

}  // namespace retrograde
