// One trial as text for people.
#pragma once

#include <string>

#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/simulation.hpp>

namespace retrograde {

// "12 spikes", or "12 spikes and 3 changes of signals": what an analogue input does is no spike.
std::string spike_count_text(const Network& network, const Tape& tape);
// The same of what goes into a trial: "12 input spikes and 3 changes of signals".
std::string input_count_text(const Network& network, const Trial& trial);

// Spike counts by population, those of the changes of signals apart, the spike times themselves where they are few, loss, decision and
// fingerprint.
std::string simulation_text(const Scenario& scenario, const Network& network, const Simulation& s);

}  // namespace retrograde
