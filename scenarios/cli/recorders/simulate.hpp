// One trial of a network, with a line about how far it has come.
#pragma once

#include <retrograde/engine/machine.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/run/simulation.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde::cli {

// The options of its runs of `duration` ms, told on `progress`, which Ctrl-C stops. `progress` outlives
// them.
RunOptions with_progress(const Scenario& scenario, Time duration, Progress& progress);

// What follows from the tape: fingerprint, loss, decision.
void judge(const Scenario& scenario, const Network& network, const ChosenTrial& chosen,
           Simulation& simulation);

// `machine` is one of the scenario, for `network`.
Simulation simulate(const Scenario& scenario, const Network& network, const Machine& machine,
                    const ChosenTrial& chosen);

}  // namespace retrograde::cli
