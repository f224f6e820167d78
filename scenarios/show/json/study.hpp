// A study as the document retrograde.study/1.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <retrograde/scenarios/run/study/results.hpp>

namespace retrograde {

nlohmann::ordered_json study_json(const Study& study);

}  // namespace retrograde
