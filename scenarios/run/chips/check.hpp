// What `retro check` finds of a trained network, whatever chip and whatever network: exact values on
// Loihi 2, integers there, or another chip behind the interface of all chips.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/run/chips/chip_check.hpp>
#include <retrograde/scenarios/run/chips/chosen_chip.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/evaluation/integers.hpp>
#include <retrograde/scenarios/run/trained.hpp>

namespace retrograde {

// An Evaluation has its chip.
using CheckResult = std::variant<Evaluation, IntegerEvaluation, ChipCheck>;

// Throws UsageError for a network that cannot go on the chip, with the reason and the remedy; what the runs
// throw, and Interrupted.
CheckResult check_network(const Trained& trained, const Dataset& dataset, const ChosenChip& chip,
                          const EvaluationProgress& progress = {});
// Throws UsageError where no check of it can be: a chip asks for other numbers than those of the network.
void require_checkable(const Scenario& scenario, const ChosenChip& chip);

bool fits(const CheckResult& result);

// What a check does not look at, and why it may say little, a sentence each.
std::vector<std::string> check_doubts(const Trained& trained, const Dataset& dataset,
                                      const ChosenChip& chip);

}  // namespace retrograde
