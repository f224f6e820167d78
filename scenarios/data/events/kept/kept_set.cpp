#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/events/kept/kept_set.hpp>

namespace retrograde {

void KeptSet::fail(const std::string& place, const std::string& message) const {
  throw FormatError(info_.source, place, message);
}

void KeptSet::add(EventSample sample, int label, std::optional<Part> part,
                  std::optional<Time> duration, const std::string& place) {
  if (const std::string fault = time_fault(sample); !fault.empty()) fail(place, fault);
  if (duration && !(*duration > 0.0 && *duration <= longest_sample))
    fail(place, fmt::format("a duration of {} ms; it is above 0", *duration));
  events_ += sample.times.size();
  if (events_ > limits_.events || samples_.size() >= limits_.samples)
    throw LimitError("events of a set", static_cast<double>(limits_.events),
                     static_cast<double>(events_),
                     fmt::format("{}: more than {} events or {} samples, which are kept in memory; "
                                 "write it in our own format (docs/data.md), which is read in "
                                 "pieces",
                                 info_.source, limits_.events, limits_.samples));
  put_in_order(sample);
  for (const std::uint32_t unit : sample.units) largest_ = std::max(largest_, unit);
  samples_.push_back(std::move(sample));
  labels_.push_back(label);
  parts_.push_back(part);
  durations_.push_back(duration);
}

void KeptSet::finish(std::optional<std::uint32_t> unit_count) {
  if (samples_.empty()) fail("", "it has no samples; a set of events needs at least one");
  if (unit_count && events_ > 0 && largest_ >= *unit_count)
    fail("", fmt::format("an event is of unit {}, and there are to be {} units, from 0; write a "
                         "larger unit_count, or leave it out",
                         largest_, *unit_count));
  info_.units = unit_count.value_or(largest_ + 1);
  const auto has = [](const std::optional<Time>& duration) { return duration.has_value(); };
  if (std::ranges::any_of(durations_, has) && !std::ranges::all_of(durations_, has))
    fail("", "some samples have a duration and others none; give one to all, or to none");
}

}  // namespace retrograde
