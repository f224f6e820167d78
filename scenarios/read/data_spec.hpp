// [data]: which labelled trials a scenario trains on, and which population receives them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/io/work_progress.hpp>

namespace retrograde {

struct DataSpec {
  std::string kind;              // as data_kinds() has it; empty: none, only the inline trial
  std::uint32_t population = 0;  // the input population that receives the spikes
  std::uint32_t classes = 0;     // 0: none, or known only once the set is open
  Time frame = 0.0;              // ms that a value of analogue data holds; 0: they are spikes
  std::string path;              // where it says its files are; empty: it does not
  bool wants_folder = false;     // its files are nowhere named: --data has to
  // The data set; `folder` is that of --data, or empty; `progress` may be empty. Throws IoError,
  // FormatError, ScenarioError, UsageError.
  std::function<Dataset(const std::string& folder, const WorkProgress& progress)> load;

  bool none() const { return kind.empty(); }
};

// `duration` (ms) is that of every trial, `seed` that of the scenario. Throws ScenarioError.
DataSpec read_data(TomlTable table, const Network& network, Time duration, std::uint64_t seed);

}  // namespace retrograde
