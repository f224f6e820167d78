// Synapses one by one: `synapses = [[source, target, weight, delay], ...]` in the scenario, or a file
// with the columns source, target and, where it says them, weight and delay in ms.
#pragma once

#include <cstdint>

#include <retrograde/engine/connect/connectivity.hpp>
#include <retrograde/scenarios/io/arrays/array_file.hpp>
#include <retrograde/scenarios/io/arrays/memory_arrays.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>

namespace retrograde {

// The file that a value names, of arrays in `places`. What cannot be opened or is no file of arrays is a
// ScenarioError at the value.
ArrayFile open_array_file(const TomlValue& named, const ArrayPlaces& places);

// How many neurons there are, and what weights and delays may be.
struct ListBounds {
  std::uint32_t sources, targets;
  bool autapses;
  Range weights, delays;
};

// From `synapses` or `file` of the table, of which there has to be one. Throws ScenarioError.
SynapseList read_synapse_list(TomlTable& table, const ListBounds& bounds, const ArrayPlaces& places,
                              std::uint64_t most);

}  // namespace retrograde
