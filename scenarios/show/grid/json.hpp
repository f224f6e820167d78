// The document retrograde.grid/1.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <retrograde/scenarios/run/grid/grid.hpp>

namespace retrograde {

nlohmann::ordered_json json_grid(const Scenario& scenario, const GridComparison& comparison);

}  // namespace retrograde
