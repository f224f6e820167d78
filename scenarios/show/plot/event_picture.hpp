// A set of events as a picture: rasters of some samples, and how many events samples have.
#pragma once

#include <string>
#include <vector>

#include <retrograde/scenarios/data/events/event_set.hpp>
#include <retrograde/scenarios/data/events/event_summary.hpp>

namespace retrograde {

struct PicturedSample {
  std::size_t index = 0;  // in the set
  int label = 0;
  EventSample events;
};

// A file of its own, SVG. `notes`: below the rasters.
std::string event_picture(const EventSummary& summary, const std::vector<PicturedSample>& samples,
                          std::vector<std::string> notes = {});

}  // namespace retrograde
