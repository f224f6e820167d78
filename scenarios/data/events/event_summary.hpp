// What is to be known about a set of events before anything is trained on it. Every sample is read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/scenarios/data/events/open_set.hpp>

namespace retrograde {

struct PartSummary {
  std::optional<Part> part;  // none: the set does not say
  std::uint64_t samples = 0;
  std::vector<std::uint64_t> of_class;  // samples
  std::vector<std::uint32_t> speakers;  // who speaks in it, ascending
  std::vector<std::uint32_t> events;    // of each sample, ascending
};

struct EventSummary {
  std::string kind, what;  // as in OpenedSet
  EventSetInfo info;
  std::vector<PartSummary> parts;  // those with samples: train, validation, test, the rest
  std::uint64_t samples = 0, events = 0;
  std::uint32_t fewest = 0, most = 0;  // events of a sample
  double median = 0;
  Time first = never, last = 0;       // of all events (ms)
  std::vector<std::string> oddities;  // a sentence each
};

// Throws what reading a sample throws.
EventSummary summarize(const OpenedSet& opened, const WorkProgress& progress = {});

}  // namespace retrograde
