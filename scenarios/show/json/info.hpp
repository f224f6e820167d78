// `retro info --json`: what a scenario says of its network, as a document (docs/json.md).
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <retrograde/engine/network/analysis.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

namespace retrograde {

// retrograde.info/1. The network is the scenario's; `graph`: what there is to say of it, null of integers;
// `scheduler`: who runs it; `data`: its trials, null where they are not open.
nlohmann::ordered_json info_json(const Scenario& scenario, const NetworkAnalysis* graph,
                                 const char* scheduler, const Dataset* data);

}  // namespace retrograde
