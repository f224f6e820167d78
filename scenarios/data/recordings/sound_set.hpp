// A set of labelled recordings: what becomes a set of events (encode.hpp). Const; sounds are read, or
// made, each time they are asked for, from many threads at once.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/scenarios/data/audio/sound.hpp>
#include <retrograde/scenarios/data/events/event_set.hpp>

namespace retrograde {

class SoundSet {
 public:
  virtual ~SoundSet() = default;
  // Of the events that come of it; `units` is 0.
  virtual const EventSetInfo& info() const = 0;
  virtual std::size_t size() const = 0;
  // Of an index below size(). Throws IoError, FormatError, LimitError.
  virtual Sound sound(std::size_t index) const = 0;
  virtual std::string name(std::size_t index) const = 0;  // for messages
  virtual int label(std::size_t index) const = 0;
  virtual std::uint32_t speaker(std::size_t index) const = 0;
  virtual std::optional<Part> part(std::size_t index) const = 0;
  // What it is, for people: "Free Spoken Digit Dataset".
  virtual std::string what() const = 0;
  // What of the folder is not in the set, a sentence each; whoever uses the set should be told.
  virtual std::vector<std::string> left_out() const { return {}; }
  // Words that are equal if and only if the sounds, labels, speakers and parts are: names and hashes
  // of files, or how it is made.
  virtual std::string identity() const = 0;
};

}  // namespace retrograde
