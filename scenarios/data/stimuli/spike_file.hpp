// Spikes of a file, as other programs record them, for a population of the scenario. What a file is
// is seen from its content.
//
//   CSV          a column of neurons (neuron, sender, id, unit, node_id) and one of times, time_ms,
//                time_s ...; or `time` with a unit that the scenario says; any other columns are
//                refused
//   NEST         recorder files of ASCII: lines of `#`, the header "sender time_ms", or "sender
//                time_step time_offset" of which the resolution says no file, so it is refused
//   SONATA       HDF5: /spikes/POPULATION/node_ids and timestamps, whose attribute `units` is looked
//                at; also without a population
//   NPZ, HDF5    arrays `times` (ms) and `neurons`, also called units, senders, ids or node_ids
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <retrograde/events/spike.hpp>

namespace retrograde {

struct SpikeFileReading {
  std::uint32_t size = 0;            // neurons of the population
  std::uint64_t first = 0;           // what the file calls the first of them
  std::optional<double> unit = {};   // ms that 1 is in the file, where it does not say
  std::string group = {};            // population within a SONATA file
  std::uint64_t most = 100'000'000;  // spikes
};

// In the order that stimuli have: neuron after neuron, each ascending. Throws IoError, FormatError,
// LimitError.
std::vector<Spike> read_spike_file(const std::filesystem::path& path,
                                   const SpikeFileReading& reading);
// The same from bytes in memory; `file` is for messages.
std::vector<Spike> parse_spike_file(std::span<const std::uint8_t> bytes, const std::string& file,
                                    const SpikeFileReading& reading);

}  // namespace retrograde
