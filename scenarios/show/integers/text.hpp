// Networks in integers, for people: what they are, one trial, and what they take on the chip.
#pragma once

#include <string>

#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/evaluation/integers.hpp>

namespace retrograde {

// Populations, projections, arithmetic.
std::string integers_text(const Scenario& scenario);
// Spikes and registers by population, the steps of spikes where they are few, decision.
std::string chip_run_text(const Scenario& scenario, const ChipRun& run);
// Spikes, accuracy, registers, cores, time, energy and verdict.
std::string integer_evaluation_text(const Scenario& scenario, const IntegerEvaluation& evaluation);

}  // namespace retrograde
