// A set of events written into our own format (event_file.hpp).
#pragma once

#include <cstdint>
#include <string>

#include <retrograde/scenarios/data/events/event_set.hpp>
#include <retrograde/scenarios/data/trials/event_shape.hpp>
#include <retrograde/scenarios/io/work_progress.hpp>

namespace retrograde {

// What became of the events. Only a window and bins leave any out; without them all are kept.
struct Converted {
  std::uint64_t samples = 0, events = 0;  // of the set
  std::uint64_t beyond = 0;               // at or after the end of the window
  std::uint64_t merged = 0;               // in a bin that has one of their unit already
  std::uint64_t emptied = 0;              // samples that had events and have none left

  std::uint64_t kept() const { return events - beyond - merged; }
};

// Every sample, in order, in the shape that is given (its units are the set's), which neither runs
// backward nor makes counts equal. In memory of O(samples). Throws what reading and writing throw,
// and UsageError where a window leaves no event at all; then no file is there that was not before.
Converted convert_events(const EventSet& set, const std::string& path, EventShape shape,
                         const WorkProgress& progress = {});

}  // namespace retrograde
