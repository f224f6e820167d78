// A set of events that is kept in memory: of forms that people write without a program of their own.
//
//   NPZ      arrays `times` (ms), `units`, `offsets`, `labels`, and where wanted `parts`, `durations` and
//            `unit_count`: as in our own format (event_file.hpp), with classes 0 .. largest label
//   CSV      a line per event: sample,label,time_ms,unit, and where wanted part and duration_ms; a
//            sample without events is a line with neither time nor unit. Labels are texts or numbers
//   folder   one file of spikes (data/stimuli/spike_file.hpp) for each sample in a folder for each
//            class; with folders train, validation and test above these, where wanted
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <retrograde/scenarios/data/events/event_set.hpp>

namespace retrograde {

struct KeptLimits {
  std::uint64_t events = 100'000'000;  // of the whole set
  std::uint64_t samples = 10'000'000;
};

// `unit_count`: so many units the set has; none: as its largest says. Throw FormatError with the place
// and the remedy, LimitError; the last one IoError.
std::shared_ptr<const EventSet> parse_npz_events(std::span<const std::uint8_t> bytes,
                                                 const std::string& file,
                                                 std::optional<std::uint32_t> unit_count = {},
                                                 const KeptLimits& limits = {});
std::shared_ptr<const EventSet> parse_csv_events(std::string_view text, const std::string& file,
                                                 std::optional<std::uint32_t> unit_count = {},
                                                 const KeptLimits& limits = {});
std::shared_ptr<const EventSet> open_event_folder(const std::filesystem::path& folder,
                                                  std::optional<std::uint32_t> unit_count = {},
                                                  const KeptLimits& limits = {});

// Whether a folder has folders with files of spikes, of classes or of parts.
bool has_event_folder(const std::filesystem::path& folder);

}  // namespace retrograde
