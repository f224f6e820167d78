// A set of events written into our own format (event_file.hpp).
#pragma once

#include <string>

#include <retrograde/scenarios/data/events/event_set.hpp>
#include <retrograde/scenarios/data/trials/event_shape.hpp>
#include <retrograde/scenarios/io/work_progress.hpp>

namespace retrograde {

// Every sample, in order, in the shape that is given (its units are the set's). In memory of
// O(samples). Throws what reading and writing throw; then no file is there that was not before.
void convert_events(const EventSet& set, const std::string& path, EventShape shape,
                    const WorkProgress& progress = {});

}  // namespace retrograde
