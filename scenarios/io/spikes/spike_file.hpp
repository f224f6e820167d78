// Spikes that a file has, of one or several populations and trials, as the file calls its neurons: what
// stimuli and samples of sets are made of, and what is analysed. The content says what a file is.
//
//   CSV          columns of neurons (neuron, sender, id, unit, node_id) and times (time_ms, time_s ..., or
//                time with a unit that somebody says), and population and trial where there are several;
//                other columns are refused. Comments may say sizes and durations: "# size 400 E",
//                "# duration_ms 100". Commas, semicolons, tabs or blanks separate cells.
//   NEST         recorder files of ASCII: lines of `#`, the header "sender time_ms", in a .gdf none; with
//                "time_step time_offset" no file says the resolution, so that is refused
//   NPZ, HDF5    arrays times (ms) and neurons, also called as columns are; of several populations
//                POPULATION/times and so on. Beside them trials, size, and durations of all
//   SONATA       HDF5: spikes/POPULATION/timestamps, whose attribute `units` is looked at, and node_ids;
//                also without a population. Beside them trials, sizes/POPULATION, durations
//   run.json     of `retro run --out`
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <retrograde/events/time.hpp>
#include <retrograde/scenarios/io/limits.hpp>

namespace retrograde {

struct PopulationSpikes {
  std::string name = {};  // empty: the file says none
  std::optional<std::uint32_t> size =
      {};                        // neurons, where the file says it; its spikes are of these
  std::vector<Time> times = {};  // ms; 0 or later
  std::vector<std::uint64_t> neurons = {};  // of each spike
  std::vector<std::uint32_t> trials = {};   // likewise, from 0
};

struct SpikeFile {
  std::string file;
  std::vector<PopulationSpikes> populations;  // at least one
  std::size_t trials = 1;
  std::vector<Time> durations =
      {};                // of the trials, which hold their spikes; empty: it does not say
  bool senders = false;  // neurons have NEST's numbers, which count through all of its network
};

struct SpikeReading {
  std::optional<double> unit = {};   // ms that 1 is, where the file does not say
  std::uint64_t most = 500'000'000;  // spikes
  ScenarioLimits limits = {};        // of populations and neurons
};

// Throws IoError, FormatError with the place, LimitError: of spikes, populations, 100,000 trials.
SpikeFile read_spike_file(const std::filesystem::path& path, const SpikeReading& reading = {});
// The same from bytes in memory; `file` is for messages.
SpikeFile parse_spike_file(std::vector<std::uint8_t> bytes, const std::string& file,
                           const SpikeReading& reading = {});

// Whether files of spikes are called so, by the ending.
bool is_spike_file_name(const std::filesystem::path& path);

}  // namespace retrograde
