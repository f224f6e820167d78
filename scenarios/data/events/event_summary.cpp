#include <algorithm>
#include <atomic>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <numeric>
#include <set>

#include <retrograde/scenarios/data/events/each_sample.hpp>
#include <retrograde/scenarios/data/events/event_summary.hpp>
#include <retrograde/scenarios/io/readable.hpp>

namespace retrograde {

namespace {

// Of one sample.
struct Look {
  std::uint32_t events = 0, repeated = 0;
  Time first = never, last = 0;
};

Look look_at(const EventSample& sample) {
  Look look;
  look.events = static_cast<std::uint32_t>(sample.times.size());
  if (sample.times.empty()) return look;
  look.first = sample.times.front();
  look.last = sample.times.back();
  for (std::size_t k = 1; k < sample.times.size(); ++k)
    look.repeated +=
        sample.times[k] == sample.times[k - 1] && sample.units[k] == sample.units[k - 1];
  return look;
}

std::vector<PartSummary> parts_of(const EventSet& set, const std::vector<Look>& looks) {
  const std::optional<Part> order[] = {Part::train, Part::validation, Part::test, std::nullopt};
  std::vector<PartSummary> parts;
  for (const std::optional<Part> part : order) {
    PartSummary summary;
    summary.part = part;
    summary.of_class.resize(set.info().class_names.size());
    std::set<std::uint32_t> speakers;
    for (std::size_t k = 0; k < set.size(); ++k) {
      if (set.part(k) != part) continue;
      ++summary.samples;
      ++summary.of_class[static_cast<std::size_t>(set.label(k))];
      speakers.insert(set.speaker(k));
      summary.events.push_back(looks[k].events);
    }
    if (summary.samples == 0) continue;
    std::sort(summary.events.begin(), summary.events.end());
    if (!set.info().speakers.empty()) summary.speakers.assign(speakers.begin(), speakers.end());
    parts.push_back(std::move(summary));
  }
  return parts;
}

void find_odd_classes(EventSummary& summary) {
  for (const PartSummary& part : summary.parts) {
    std::vector<std::string> missing;
    for (std::size_t c = 0; c < part.of_class.size(); ++c)
      if (part.of_class[c] == 0) missing.push_back(summary.info.class_names[c]);
    if (!missing.empty())
      summary.oddities.push_back(
          fmt::format("{}{}: no sample of {}",
                      part.part ? std::string(name(*part.part)) : std::string("without a part"),
                      part.part ? " part" : "", fmt::join(missing, ", ")));
  }
}

void find_oddities(EventSummary& summary, const std::vector<Look>& looks,
                   std::uint64_t silent_units) {
  find_odd_classes(summary);
  const auto silent = static_cast<std::uint64_t>(
      std::count_if(looks.begin(), looks.end(), [](const Look& look) { return look.events == 0; }));
  if (silent > 0)
    summary.oddities.push_back(fmt::format("{} without any event", plural(silent, "sample")));
  if (silent_units > 0)
    summary.oddities.push_back(fmt::format("{} of {} without any event",
                                           plural(silent_units, "unit"), summary.info.units));
  std::uint64_t repeated = 0;
  for (const Look& look : looks) repeated += look.repeated;
  if (repeated > 0)
    summary.oddities.push_back(
        fmt::format("{} of {} (same unit, same time as another of the sample)",
                    plural(repeated, "repeated event"), summary.events));
  if (summary.parts.size() == 1 && !summary.parts[0].part)
    summary.oddities.emplace_back(
        "the set does not say what is to train with and what to test; [data] splits it");
}

}  // namespace

EventSummary summarize(const OpenedSet& opened, const WorkProgress& progress) {
  const EventSet& set = *opened.set;
  EventSummary summary;
  summary.kind = opened.kind;
  summary.what = opened.what;
  summary.info = set.info();
  summary.samples = set.size();
  std::vector<std::uint32_t> all(set.size());
  std::iota(all.begin(), all.end(), 0u);
  std::vector<Look> looks(set.size());
  std::vector<std::atomic<bool>> heard(set.info().units);
  for_each_sample(set, all, progress, [&](std::size_t k, const EventSample& sample) {
    looks[k] = look_at(sample);
    for (const std::uint32_t unit : sample.units)
      heard[unit].store(true, std::memory_order_relaxed);
  });
  std::vector<std::uint32_t> counts;
  for (const Look& look : looks) {
    counts.push_back(look.events);
    summary.events += look.events;
    summary.first = std::min(summary.first, look.first);
    summary.last = std::max(summary.last, look.last);
  }
  std::sort(counts.begin(), counts.end());
  if (!counts.empty()) {
    const std::size_t half = counts.size() / 2;
    summary.fewest = counts.front();
    summary.most = counts.back();
    summary.median =
        counts.size() % 2 == 1 ? counts[half] : (0.5 * counts[half - 1] + 0.5 * counts[half]);
  }
  summary.parts = parts_of(set, looks);
  const auto silent = static_cast<std::uint64_t>(
      std::count_if(heard.begin(), heard.end(), [](const auto& unit) { return !unit.load(); }));
  find_oddities(summary, looks, silent);
  return summary;
}

}  // namespace retrograde
