// A set of events in memory.
#pragma once

#include <utility>
#include <vector>

#include <retrograde/scenarios/data/events/event_set.hpp>

namespace retrograde::test {

class EventList final : public EventSet {
 public:
  // Classes c0, c1, ... and speakers s0, s1, ...
  EventList(std::uint32_t units, std::uint32_t classes, std::uint32_t speakers) {
    info_.source = "list";
    info_.units = units;
    for (std::uint32_t c = 0; c < classes; ++c)
      info_.class_names.push_back("c" + std::to_string(c));
    for (std::uint32_t s = 0; s < speakers; ++s) info_.speakers.push_back("s" + std::to_string(s));
  }
  void add(EventSample sample, int label, std::uint32_t speaker = 0,
           std::optional<Part> part = std::nullopt) {
    entries_.push_back({std::move(sample), label, speaker, part});
  }

  const EventSetInfo& info() const override { return info_; }
  std::size_t size() const override { return entries_.size(); }
  EventSample sample(std::size_t index) const override { return entries_[index].sample; }
  int label(std::size_t index) const override { return entries_[index].label; }
  std::uint32_t speaker(std::size_t index) const override { return entries_[index].speaker; }
  std::optional<Part> part(std::size_t index) const override { return entries_[index].part; }

 private:
  struct Entry {
    EventSample sample;
    int label;
    std::uint32_t speaker;
    std::optional<Part> part;
  };
  EventSetInfo info_;
  std::vector<Entry> entries_;
};

}  // namespace retrograde::test
