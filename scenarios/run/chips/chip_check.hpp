// A trained network on a chip that stands behind the interface of all chips
// (hardware/chip_target.hpp): what does not fit, what it decides there, and what a trial takes.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <retrograde/hardware/behaviour.hpp>
#include <retrograde/hardware/chip_target.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/trained.hpp>

namespace retrograde {

struct ChipCheck {
  std::string chip;  // "Xylo Audio 3"
  Time step = 1.0;   // ms
  std::uint64_t trials = 0;
  Part part = Part::test;     // train, where a data set has no test part
  bool has_test_part = true;  // of the data set
  bool labelled = false;
  std::vector<Finding> findings;             // problems first
  std::vector<ChipUse> uses;                 // none where nothing could run there
  std::optional<ChipComparison> comparison;  // likewise
  Behaviour behaviour;                       // by it; its findings are among those above
  Part counted = Part::train;                // of the trials that the forecast counts
  std::optional<ChipForecast> forecast;      // none where it does not fit

  bool fits() const { return retrograde::fits(findings); }
};

// Puts the network of the run, or of the scenario, on the chip with the step of [chip], and runs the
// judged part on both sides; forecasts on trials that nothing is judged by, where there are others. What
// was fine-tuned for Loihi 2 is not looked at. Without a loss spikes are compared, and no decisions.
// Throws what the runs throw, and Interrupted. The result does not depend on the number of threads.
ChipCheck check_on_chip(const Trained& trained, const Dataset& dataset, const ChipTarget& target,
                        const EvaluationProgress& progress = {});

// The same without the comparison: what does not fit, and what a trial takes.
ChipCheck put_on_target(const Trained& trained, const Dataset& dataset, const ChipTarget& target);

// How many findings are of that kind.
std::size_t count(const ChipCheck& check, Finding::Severity severity);

}  // namespace retrograde
