// One trial as text for people.
#pragma once

#include <string>

#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/simulation.hpp>

namespace retrograde {

// Spike counts by population, the spike times themselves where they are few, loss, decision and
// fingerprint.
std::string simulation_text(const Scenario& scenario, const Network& network, const Simulation& s);

}  // namespace retrograde
