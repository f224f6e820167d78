// What the readers of kept_events.hpp fill, sample after sample.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/scenarios/data/events/event_set.hpp>
#include <retrograde/scenarios/data/events/kept/kept_events.hpp>

namespace retrograde {

constexpr std::uint32_t most_kept_units = 1u << 24;

class KeptSet final : public EventSet {
 public:
  KeptSet(std::string source, const KeptLimits& limits) : limits_(limits) {
    info_.source = std::move(source);
  }

  // `place` is where the sample stands, for messages. Throws FormatError, LimitError.
  void add(EventSample sample, int label, std::optional<Part> part, std::optional<Time> duration,
           const std::string& place);
  void name_classes(std::vector<std::string> names) { info_.class_names = std::move(names); }
  // At the end. Throws FormatError: no sample, a unit beyond `unit_count`, durations of some alone.
  void finish(std::optional<std::uint32_t> unit_count);

  const EventSetInfo& info() const override { return info_; }
  std::size_t size() const override { return samples_.size(); }
  EventSample sample(std::size_t index) const override { return samples_[index]; }
  int label(std::size_t index) const override { return labels_[index]; }
  std::uint32_t speaker(std::size_t /*index*/) const override { return 0; }
  std::optional<Part> part(std::size_t index) const override { return parts_[index]; }
  std::optional<Time> duration(std::size_t index) const override { return durations_[index]; }

  [[noreturn]] void fail(const std::string& place, const std::string& message) const;

 private:
  KeptLimits limits_;
  EventSetInfo info_;
  std::vector<EventSample> samples_;
  std::vector<int> labels_;
  std::vector<std::optional<Part>> parts_;
  std::vector<std::optional<Time>> durations_;
  std::uint64_t events_ = 0;
  std::uint32_t largest_ = 0;
};

}  // namespace retrograde
