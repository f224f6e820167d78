// A labelled set of events: spike times per unit (input channel), as recordings and data sets come,
// before anything is left out, binned or augmented. Const, and safe to use from many threads without
// a lock that they share: a sample is read from its file when it is asked for, and nothing of it is
// kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/events/time.hpp>
#include <retrograde/scenarios/data/dataset.hpp>

namespace retrograde {

// The events of one sample: event k is a spike of units[k] at times[k] ms from the start of the
// sample. In order of (time, unit); times are finite and not negative; the same event may stand
// there more than once.
struct EventSample {
  std::vector<Time> times;
  std::vector<std::uint32_t> units;

  bool operator==(const EventSample&) const = default;
};

struct EventSetInfo {
  std::string source;                    // file or folder, for messages
  std::uint32_t units = 0;               // events name units 0 .. units - 1
  std::vector<std::string> class_names;  // label k is class_names[k]
  std::vector<std::string> speakers;     // whoever spoke, wrote, signed; empty: unknown
};

// How long a sample may be said to last (ms).
inline constexpr Time longest_sample = 1e12;

class EventSet {
 public:
  virtual ~EventSet() = default;
  virtual const EventSetInfo& info() const = 0;
  virtual std::size_t size() const = 0;
  // Of an index below size(). Throws FormatError (damaged content), IoError.
  virtual EventSample sample(std::size_t index) const = 0;
  virtual int label(std::size_t index) const = 0;
  // As a position in info().speakers, 0 where they are unknown.
  virtual std::uint32_t speaker(std::size_t index) const = 0;
  // The part that the set itself puts it into; none: the set does not say.
  virtual std::optional<Part> part(std::size_t index) const = 0;
  // How long it lasts (ms), where the set says so of its samples.
  virtual std::optional<Time> duration(std::size_t /*index*/) const { return std::nullopt; }
};

// Puts events into the order of (time, unit). O(n) where they are in it already. Returns whether
// they were.
bool put_in_order(EventSample& sample);
// What is wrong with its times; empty: nothing.
std::string time_fault(const EventSample& sample);

}  // namespace retrograde
