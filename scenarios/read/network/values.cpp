#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/arrays/array_file.hpp>
#include <retrograde/scenarios/read/network/connect/synapse_list.hpp>
#include <retrograde/scenarios/read/network/values.hpp>

namespace retrograde {

bool is_array(const TomlValue& value) { return value.is_table() && value.table().has("file"); }

std::vector<double> read_array(const TomlValue& value, bool is_time, const Range& range,
                               const std::vector<std::size_t>& shape, const ArrayPlaces& places) {
  TomlTable table = value.table();
  table.known({"file", "array"});
  const TomlValue named = table.require("file", "file = \"w.npy\"");
  const ArrayFile file = open_array_file(named, places);
  NumericArray array;
  try {
    array = file.read(table.text("array", ""));
  } catch (const FormatError& error) {
    (table.has("array") ? table.require("array", "") : named).fail(error.what());
  }
  if (array.shape != shape)
    named.fail(fmt::format("the array has the shape ({}), and here it has to be ({})",
                           fmt::join(array.shape, ", "), fmt::join(shape, ", ")));
  for (std::size_t k = 0; k < array.values.size(); ++k)
    if (!range.contains(array.values[k]))
      named.fail(fmt::format("{} of the array of {} is {}; {}", place_in(shape, k), file.file(),
                             array.values[k], range.text(is_time ? "ms" : "")));
  return std::move(array.values);
}

std::vector<double> read_neuron_values(const TomlValue& value, ParameterKind kind,
                                       std::uint32_t size, const Range& range, const Range& clip,
                                       Random random, const ArrayPlaces& places) {
  const bool time = is_time(kind);
  if (value.is_list()) {
    const auto list = value.list();
    if (list.size() != size)
      value.fail(fmt::format("{} for {} neurons; write one value for all, or one per neuron",
                             value.found(), size));
    std::vector<double> values;
    values.reserve(size);
    for (const TomlValue& each : list) values.push_back(read_value(each, time, range));
    return values;
  }
  if (!value.is_table()) return {read_value(value, time, range)};
  if (is_array(value)) return read_array(value, time, range, {size}, places);
  const Distribution distribution = read_distribution(value, time, range, clip);
  if (distribution.constant()) return {*distribution.constant()};
  std::vector<double> values(size);
  for (std::uint32_t n = 0; n < size; ++n) {
    values[n] = distribution.draw(random);
    if (!range.contains(values[n]))
      value.fail(fmt::format(
          "neuron {} draws {}; {}: choose mean and std, or a uniform distribution, accordingly", n,
          values[n], range.text(time ? "ms" : "")));
  }
  return values;
}

std::vector<double> read_matrix(const TomlValue& value, const std::string& kind,
                                const PopulationSpec& from, const PopulationSpec& to,
                                const std::function<double(const TomlValue&, std::size_t)>& read) {
  const auto shape = [&] {
    return fmt::format(
        "{} rows, one per neuron of {} (target), of {} {}, one per neuron of {} (source)", to.size,
        to.name, from.size, kind, from.name);
  };
  const auto rows = value.list();
  if (rows.size() != to.size) value.fail(fmt::format("{}; write {}", value.found(), shape()));
  std::vector<double> matrix;
  matrix.reserve(std::size_t{to.size} * from.size);
  for (const TomlValue& row : rows) {
    if (!row.is_list()) row.fail(fmt::format("{} is no row; write {}", row.found(), shape()));
    const auto entries = row.list();
    if (entries.size() != from.size)
      row.fail(fmt::format("this row is {}; write {}", row.found(), shape()));
    for (const TomlValue& entry : entries) matrix.push_back(read(entry, matrix.size()));
  }
  return matrix;
}

}  // namespace retrograde
