// Margins as text and as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/margins/margins.hpp>

namespace retrograde {

std::string margins_text(const std::string& name, const Margins& margins);
nlohmann::ordered_json json_margins(const Scenario& scenario, const Margins& margins);

}  // namespace retrograde
