// "retrograde.data/1": a set of events, for other programs.
#pragma once

#include <nlohmann/json.hpp>

#include <retrograde/scenarios/data/events/event_summary.hpp>

namespace retrograde {

nlohmann::ordered_json event_summary_json(const EventSummary& summary);

}  // namespace retrograde
