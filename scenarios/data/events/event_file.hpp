// Our own format of labelled events, an HDF5 file (docs/data.md is its manual):
//
//   /format           text, "retrograde events"
//   /version          integer, 1
//   /unit_count       integer: events name units 0 .. unit_count - 1
//   /class_names      texts
//   /times            float64 or float32 [events], ms, sample after sample
//   /units            unsigned or signed integers [events]
//   /offsets          integers [samples + 1]: sample k has the events offsets[k] .. offsets[k+1] - 1
//   /labels           integers [samples]: positions in class_names
//   /parts            integers [samples], optional: 0 train, 1 validation, 2 test, -1 none of them
//   /durations        floats [samples], optional: how long each lasts, ms
//   /speakers         integers [samples], optional, with /speaker_names: positions in them
//
// We write times and units in one piece and unpacked. Samples are read from such a file at their
// place, without the HDF5 library and hence without its lock. Where others packed them or wrote them
// in chunks, they are unpacked once into a temporary file without a name, which goes with the set.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <retrograde/scenarios/data/events/event_set.hpp>
#include <retrograde/scenarios/io/work_progress.hpp>

namespace retrograde {

// Writes such a file, sample after sample, in memory of O(samples): events go to temporary files.
// Without finish() nothing stays, and a file that was there is as it was. From one thread.
class EventFileWriter {
 public:
  // `info.source` is not written. Throws IoError, ScenarioError (no units or no classes).
  EventFileWriter(std::string path, EventSetInfo info);
  EventFileWriter(const EventFileWriter&) = delete;
  EventFileWriter& operator=(const EventFileWriter&) = delete;
  ~EventFileWriter();

  // Throws FormatError for a sample that no reader would take (a unit, label or speaker beyond the
  // info, a time that is negative or not finite), IoError.
  // All samples of a file have a duration, or none has.
  void add(const EventSample& sample, int label, std::uint32_t speaker, std::optional<Part> part,
           std::optional<Time> duration = std::nullopt);
  // Puts the file in its place. Throws IoError. At most once.
  void finish();

 private:
  struct Open;
  std::unique_ptr<Open> open_;
};

// Throws IoError, FormatError with the path inside the file and the remedy. O(samples) of memory.
std::shared_ptr<const EventSet> open_event_file(const std::string& path,
                                                const WorkProgress& progress = {});

}  // namespace retrograde
