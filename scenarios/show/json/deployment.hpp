// What a network takes on the chip, as the fields `verdict`, `cores` and `forecast` of
// retrograde.check/1.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <retrograde/scenarios/run/deployment.hpp>

namespace retrograde {

void to_json(nlohmann::ordered_json& json, const Deployment& deployment);

}  // namespace retrograde
