#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <string>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/suggest.hpp>
#include <retrograde/scenarios/read/network/connect/synapse_list.hpp>

namespace retrograde {

namespace {

constexpr const char* autapse_remedy =
    "joins a neuron to itself; take it out, or write allow_autapses = true";

void read_inline(const TomlValue& value, const ListBounds& bounds, std::uint64_t most,
                 SynapseList& list) {
  const auto entries = value.list();
  if (entries.size() > most)
    value.fail(fmt::format("{} synapses; at most {} are possible in all projections together",
                           entries.size(), most));
  std::size_t width = 0;
  for (const TomlValue& entry : entries) {
    if (!entry.is_list())
      entry.fail(
          fmt::format("{} is no list; write [source, target], and weight and delay behind "
                      "them: [0, 3, 0.5, \"1 ms\"]",
                      entry.found()));
    const auto parts = entry.list();
    if (parts.size() < 2 || parts.size() > 4)
      entry.fail(fmt::format("{}; a synapse has 2 to 4 entries: source, target, weight, delay",
                             entry.found()));
    if (width > 0 && parts.size() != width)
      entry.fail(fmt::format("{} and the entries before have {}; give all synapses the same",
                             entry.found(), width));
    width = parts.size();
    list.sources.push_back(static_cast<std::uint32_t>(parts[0].integer(0, bounds.sources - 1)));
    list.targets.push_back(static_cast<std::uint32_t>(parts[1].integer(0, bounds.targets - 1)));
    if (!bounds.autapses && list.sources.back() == list.targets.back()) entry.fail(autapse_remedy);
    if (width > 2) list.weights.push_back(parts[2].number(bounds.weights));
    if (width > 3) list.delays.push_back(parts[3].time(bounds.delays));
  }
}

// The columns of a file, by name, or side by side in the only array of an .npy.
class Columns {
 public:
  Columns(const TomlValue& named, const ArrayFile& file) : named_(named), file_(file) {
    if (file.format() != ArrayFormat::npy) {
      for (const std::string& name : file.names())
        if (std::ranges::find(names, name) == std::end(names))
          named.fail(fmt::format(
              "{} has a column {}{}, which says nothing of a synapse; source, "
              "target, weight and delay (ms) do",
              file.file(), name, suggestion(name, {std::begin(names), std::end(names)})));
      return;
    }
    matrix_ = read("");
    if (matrix_.shape.size() != 2 || matrix_.shape[1] < 2 || matrix_.shape[1] > 4)
      named.fail(
          fmt::format("the array of {} has no rows of 2 to 4 numbers, which are source, "
                      "target, weight and delay",
                      file.file()));
  }
  bool has(std::size_t column) const {
    return matrix_.shape.empty() ? file_.has(names[column]) : column < matrix_.shape[1];
  }
  std::vector<double> of(std::size_t column) const {
    if (matrix_.shape.empty()) {
      NumericArray array = read(names[column]);
      if (array.shape.size() != 1)
        named_.fail(fmt::format("{} of {} has {} axes; it needs one, with a value for each synapse",
                                names[column], file_.file(), array.shape.size()));
      return std::move(array.values);
    }
    std::vector<double> values;
    for (std::size_t k = column; k < matrix_.values.size(); k += matrix_.shape[1])
      values.push_back(matrix_.values[k]);
    return values;
  }

  static constexpr const char* names[] = {"source", "target", "weight", "delay"};

 private:
  NumericArray read(const char* name) const {
    try {
      return file_.read(name);
    } catch (const FormatError& error) {
      named_.fail(error.what());
    }
  }

  const TomlValue& named_;
  const ArrayFile& file_;
  NumericArray matrix_;
};

class FileReader {
 public:
  FileReader(const TomlValue& named, const ListBounds& bounds, const ArrayPlaces& places)
      : named_(named),
        bounds_(bounds),
        file_(open_array_file(named, places)),
        columns_(named, file_) {}

  SynapseList read(std::uint64_t most) const {
    SynapseList list;
    list.sources = indices(0, bounds_.sources);
    if (list.sources.size() > most)
      named_.fail(
          fmt::format("{} has {} synapses; at most {} are possible in all projections "
                      "together",
                      file_.file(), list.sources.size(), most));
    list.targets = indices(1, bounds_.targets);
    want_size(1, list.targets.size(), list.sources.size());
    for (std::size_t k = 0; !bounds_.autapses && k < list.sources.size(); ++k)
      if (list.sources[k] == list.targets[k]) fail_at(k, autapse_remedy);
    if (columns_.has(2)) list.weights = values(2, bounds_.weights, "", list.sources.size());
    if (columns_.has(3)) list.delays = values(3, bounds_.delays, "ms", list.sources.size());
    return list;
  }

 private:
  [[noreturn]] void fail_at(std::size_t k, const std::string& why) const {
    named_.fail(fmt::format("synapse {} of {} (counted from 0) {}", k, file_.file(), why));
  }
  void want_size(std::size_t column, std::size_t found, std::size_t wanted) const {
    if (found != wanted)
      named_.fail(
          fmt::format("{} has {} values of source and {} of {}; give each synapse one of "
                      "both",
                      file_.file(), wanted, found, Columns::names[column]));
  }
  std::vector<std::uint32_t> indices(std::size_t column, std::uint32_t size) const {
    const std::vector<double> read = columns_.of(column);
    std::vector<std::uint32_t> result;
    result.reserve(read.size());
    for (std::size_t k = 0; k < read.size(); ++k) {
      if (!(read[k] >= 0.0 && read[k] < size) || read[k] != std::floor(read[k]))
        fail_at(k, fmt::format("has the {} {}; it has to be a whole number from 0 to {}",
                               Columns::names[column], read[k], size - 1));
      result.push_back(static_cast<std::uint32_t>(read[k]));
    }
    return result;
  }
  std::vector<double> values(std::size_t column, const Range& range, const char* unit,
                             std::size_t wanted) const {
    std::vector<double> result = columns_.of(column);
    want_size(column, result.size(), wanted);
    for (std::size_t k = 0; k < result.size(); ++k)
      if (!range.contains(result[k]))
        fail_at(k, fmt::format("has the {} {}; {}", Columns::names[column], result[k],
                               range.text(unit)));
    return result;
  }

  const TomlValue& named_;
  const ListBounds& bounds_;
  ArrayFile file_;
  Columns columns_;
};

}  // namespace

namespace {

ArrayFile open_named(const TomlValue& named, const ArrayPlaces& places) {
  const std::string given = named.text();
  if (const auto name = memory_name(given)) {
    if (auto arrays = memory_arrays(*name, places)) return std::move(*arrays);
    named.fail(fmt::format(
        "no array called {} was given with this scenario; give it, or name a file", *name));
  }
  const std::filesystem::path path = places.folder / given;
  std::error_code error;
  if (given.empty() || !std::filesystem::is_regular_file(path, error))
    named.fail(
        fmt::format("there is no file {}; name one of CSV, NPY, NPZ or HDF5, from the folder "
                    "of this scenario",
                    path.string()));
  return ArrayFile(path);
}

}  // namespace

ArrayFile open_array_file(const TomlValue& named, const ArrayPlaces& places) {
  try {
    return open_named(named, places);
  } catch (const FormatError& wrong) {
    named.fail(wrong.what());
  } catch (const LimitError& large) {
    named.fail(large.what());
  }
}

SynapseList read_synapse_list(TomlTable& table, const ListBounds& bounds, const ArrayPlaces& places,
                              std::uint64_t most) {
  const auto written = table.find("synapses"), file = table.find("file");
  if (!written && !file)
    table.fail_at_key("connect",
                      "it needs the list: write synapses = [[0, 3], [1, 2]], a source and a target "
                      "each, or file = \"synapses.csv\" with columns source and target");
  if (written && file) file->fail("goes with no list beside it; remove file or synapses");
  SynapseList list;
  if (file) return FileReader(*file, bounds, places).read(most);
  read_inline(*written, bounds, most, list);
  return list;
}

}  // namespace retrograde
