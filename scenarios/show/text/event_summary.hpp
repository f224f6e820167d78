// A set of events in a few lines, for people.
#pragma once

#include <string>

#include <retrograde/scenarios/data/events/event_summary.hpp>

namespace retrograde {

std::string event_summary_text(const EventSummary& summary);

}  // namespace retrograde
