// What [data] can name. A kind of data is one file pair in this folder, which holds its keys, its
// reader and its loader, and one row of the table in data_kind.cpp.
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

namespace retrograde {

// What the keys of a kind come to.
struct DataSource {
  std::uint32_t inputs = 0;   // neurons that the population has to have
  std::string inputs_reason;  // of that number, behind the kind's name: " with a bias_spike"
  bool wants_folder = false;  // its files are nowhere named: --data has to
  // The set, as spikes of the neurons from `first` on. `folder` is that of --data, which goes before
  // the scenario's; may be empty. Throws IoError, FormatError, ScenarioError, UsageError.
  std::function<Dataset(NeuronId first, const std::string& folder)> load;
};

struct DataKind {
  std::string_view name;
  std::uint32_t classes;
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
