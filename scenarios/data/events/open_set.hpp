// Any set of events, recognised by what is there and not by its name.
#pragma once

#include <memory>
#include <string>

#include <retrograde/scenarios/data/events/event_set.hpp>
#include <retrograde/scenarios/io/work_progress.hpp>

namespace retrograde {

struct OpenedSet {
  std::string kind;  // as [data] calls it: "events", "shd", "ssc", "n_mnist"
  std::string what;  // for people: "Spiking Heidelberg Digits"
  std::shared_ptr<const EventSet> set;
};

// A file or a folder. Throws IoError, FormatError: what it could be, and what it is not.
OpenedSet open_event_set(const std::string& path, const WorkProgress& progress = {});

}  // namespace retrograde
