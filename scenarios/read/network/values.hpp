// The values of neurons and synapses as a scenario writes them: one for all, a list, a distribution to
// draw from, an array of a file, or, of synapses, a profile over the distance of their neurons.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/engine/connect/synapse_values.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/parameters.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/io/arrays/memory_arrays.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/network/connect/grid.hpp>
#include <retrograde/scenarios/read/network/distribution.hpp>

namespace retrograde {

// Whether a value is an array of a file: { file = "w.npy" } or { file = "w.npz", array = "w" }.
bool is_array(const TomlValue& value);
// Its numbers, in row-major order, of that shape and each in `range`; times are in ms. `places` says
// where the file is. Throws ScenarioError for what is wrong, in the file too.
std::vector<double> read_array(const TomlValue& value, bool is_time, const Range& range,
                               const std::vector<std::size_t>& shape, const ArrayPlaces& places);

// Values of `size` neurons, or one for all: `range` holds each of them; draws of a distribution that
// knows no ends are moved into `clip`.
std::vector<double> read_neuron_values(const TomlValue& value, ParameterKind kind,
                                       std::uint32_t size, const Range& range, const Range& clip,
                                       Random random, const ArrayPlaces& places);

// A matrix of a projection, row after row: rows are targets, columns sources. `kind` is what its
// entries are, for messages; `read` gets each entry with its place in that order.
std::vector<double> read_matrix(const TomlValue& value, const std::string& kind,
                                const PopulationSpec& from, const PopulationSpec& to,
                                const std::function<double(const TomlValue&, std::size_t)>& read);

}  // namespace retrograde
