// What `retro diff` found, as the document retrograde.diff/1.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <retrograde/scenarios/run/diff/diff.hpp>

namespace retrograde {

nlohmann::ordered_json json_diff(const Diff& diff);

}  // namespace retrograde
