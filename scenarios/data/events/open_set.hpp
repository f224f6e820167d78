// Any set of events, recognised by what is there and not by its name.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
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

// What kind = "events" reads: our own format, or a form that is kept in memory (kept/kept_events.hpp).
// `unit_count` is that of [data], for forms that say none.
std::shared_ptr<const EventSet> open_events(const std::string& path,
                                            std::optional<std::uint32_t> unit_count,
                                            const WorkProgress& progress = {});

}  // namespace retrograde
