// What [data] can name. A kind of data is one file pair, here or in a room of its own below, which
// holds its keys, its reader and its loader, and one row of the table in kinds.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <retrograde/events/ids.hpp>
#include <retrograde/events/time.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/data/encoding.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/io/work_progress.hpp>

namespace retrograde {

// What loading a set depends on beside its keys.
struct LoadContext {
  NeuronId first = 0;       // the set speaks to the neurons from here on
  std::string folder = {};  // that of --data, which goes before the scenario's; may be empty
  std::uint64_t seed = 1;   // of the scenario; only augmentation depends on it, never what a set is
  WorkProgress progress = {};  // told of work that may take longer than two seconds; may be empty
};

// What the keys of a kind come to.
struct DataSource {
  // Neurons that the population has to have; 0: known only once the set is open.
  std::uint32_t inputs = 0;
  std::string inputs_reason;  // of that number, behind the kind's name: " with a bias_spike"
  std::uint32_t classes = 0;  // 0: known only once the set is open
  std::string path;           // where [data] says its files are; empty: it does not
  bool analogue = false;      // its trials are signals, which go to step receptors alone
  Time frame = 0.0;           // ms that a value of these holds; 0: they are spikes
  // The set. Throws IoError, FormatError, ScenarioError, UsageError.
  std::function<Dataset(const LoadContext&)> load;
};

struct DataKind {
  std::string_view name;
  bool generated;                 // it reads no files
  std::vector<std::string> keys;  // beside kind and population
  // Reads those keys; `duration` (ms) is that of every trial. Throws ScenarioError.
  DataSource (*read)(TomlTable& table, Time duration);
};

// All kinds, in the order in which messages list them.
std::span<const DataKind> data_kinds();

// t_early and t_late, both required: 0 <= t_early <= t_late < duration.
LatencyEncoding read_latency(TomlTable& table, Time duration);

// The keys train and test: only the first so many trials of these parts.
struct PartLimits {
  std::optional<std::size_t> train, test;

  Dataset applied(const Dataset& dataset) const;
};
PartLimits read_limits(TomlTable& table);

}  // namespace retrograde
