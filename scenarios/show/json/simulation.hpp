// retrograde.run/1: one trial of a scenario.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/simulation.hpp>

namespace retrograde {

nlohmann::ordered_json simulation_json(const Scenario& scenario, const Network& network,
                                       const Simulation& s);

}  // namespace retrograde
