#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/events/event_file.hpp>
#include <retrograde/scenarios/data/trials/convert.hpp>
#include <retrograde/scenarios/io/readable.hpp>

namespace retrograde {

Converted convert_events(const EventSet& set, const std::string& path, EventShape shape,
                         const WorkProgress& progress) {
  EventSetInfo info = set.info();
  shape.units = info.units;
  info.units = shape.inputs();
  EventFileWriter writer(path, info);
  Converted all;
  Time earliest = never;
  for (std::size_t k = 0; k < set.size(); ++k) {
    EventSample sample = set.sample(k);
    const auto end = std::lower_bound(sample.times.begin(), sample.times.end(), shape.duration);
    const auto events = static_cast<std::uint64_t>(sample.times.size()),
               beyond = static_cast<std::uint64_t>(sample.times.end() - end);
    if (events > 0) earliest = std::min(earliest, sample.times.front());
    sample = shaped(std::move(sample), shape);
    ++all.samples;
    all.events += events;
    all.beyond += beyond;
    all.merged += events - beyond - sample.times.size();
    all.emptied += events > 0 && sample.times.empty();
    std::optional<Time> duration = set.duration(k);
    if (duration) duration = std::min(*duration, shape.duration);
    writer.add(sample, set.label(k), set.speaker(k), set.part(k), duration);
    if (progress) progress(k + 1, set.size(), "converting " + info.source);
  }
  // Nobody wants that: a time in another unit than was meant.
  if (all.events > 0 && all.kept() == 0)
    throw UsageError(
        fmt::format("{}: none of {} lies before {:g} ms, the first is at {:g} ms; give a later end",
                    set.info().source, plural(all.events, "event"), shape.duration, earliest));
  writer.finish();
  return all;
}

}  // namespace retrograde
