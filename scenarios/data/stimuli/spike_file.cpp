#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <memory>
#include <system_error>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/stimuli/spike_file.hpp>
#include <retrograde/scenarios/data/stimuli/spike_text.hpp>
#include <retrograde/scenarios/io/arrays/array_file.hpp>
#include <retrograde/scenarios/io/arrays/zip.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

namespace retrograde {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t most_bytes = std::uint64_t{4} << 30;  // of a text

// The one array of those that `is` takes; `what` it is, for messages.
template <typename Is>
std::string one_of(const std::vector<std::string>& names, const std::string& file, const char* what,
                   const char* usual, const Is& is) {
  std::string found;
  for (const std::string& name : names) {
    if (!is(name)) continue;
    if (!found.empty())
      throw FormatError(
          file, 0,
          fmt::format("{} and {} may both be the {}; leave one of them", found, name, what));
    found = name;
  }
  if (found.empty())
    throw FormatError(file, 0,
                      fmt::format("it has no array of the {}; call it {} (there are: {})", what,
                                  usual, fmt::join(names, ", ")));
  return found;
}

std::vector<double> read_row(const ArrayFile& file, const std::string& name) {
  NumericArray array = file.read(name);
  if (array.shape.size() != 1)
    throw FormatError(file.file(), 0,
                      fmt::format("{} has {} axes; one row of numbers is needed, one per spike",
                                  name, array.shape.size()));
  return std::move(array.values);
}

// NPZ, or HDF5 with arrays at its root.
FileSpikes from_arrays(const ArrayFile& file) {
  FileSpikes spikes;
  std::optional<double> unit;
  const std::string ids = one_of(file.names(), file.file(), "neurons of spikes", "neurons",
                                 [](const std::string& name) { return names_neurons(name); });
  const std::string times =
      one_of(file.names(), file.file(), "times of spikes", "times",
             [&](const std::string& name) { return names_times(name, &unit); });
  (void)names_times(times, &spikes.unit);
  spikes.ids = read_row(file, ids);
  spikes.times = read_row(file, times);
  return spikes;
}

// The group of a SONATA file that has the spikes; none: it is no such file.
std::optional<std::string> sonata_group(const hdf5::Reader& reader, const std::string& wanted) {
  if (!reader.is_group("/spikes")) return std::nullopt;
  if (reader.has("/spikes/timestamps")) return "/spikes";
  std::vector<std::string> groups;
  for (const std::string& member : reader.members("/spikes"))
    if (reader.has("/spikes/" + member + "/timestamps")) groups.push_back(member);
  if (groups.empty()) return std::nullopt;
  if (wanted.empty() && groups.size() == 1) return "/spikes/" + groups.front();
  if (wanted.empty())
    reader.fail("/spikes",
                fmt::format("it has spikes of several populations; write group = \"{}\", "
                            "or another of {}",
                            groups.front(), fmt::join(groups, ", ")));
  if (std::find(groups.begin(), groups.end(), wanted) == groups.end())
    reader.fail("/spikes", fmt::format("it has no spikes of a population {}; there are {}", wanted,
                                       fmt::join(groups, ", ")));
  return "/spikes/" + wanted;
}

double sonata_unit(const hdf5::Reader& reader, const std::string& path) {
  const auto unit = reader.attribute_text(path, "units");
  if (!unit || *unit == "milliseconds" || *unit == "ms") return 1.0;
  if (*unit == "seconds" || *unit == "s") return 1e3;
  reader.fail(
      path, fmt::format("its attribute units is \"{}\"; milliseconds and seconds are read", *unit));
}

std::optional<FileSpikes> from_sonata(const hdf5::Reader& reader, const std::string& wanted) {
  const auto group = sonata_group(reader, wanted);
  if (!group) return std::nullopt;
  FileSpikes spikes;
  spikes.unit = sonata_unit(reader, *group + "/timestamps");
  spikes.times = reader.numbers(*group + "/timestamps").values;
  spikes.ids = reader.numbers(*group + "/node_ids").values;
  return spikes;
}

void refuse_group(const std::string& file, const std::string& group) {
  if (!group.empty())
    throw FormatError(file, 0,
                      fmt::format("group = \"{}\" names a population of a SONATA file, and this is "
                                  "none; remove it",
                                  group));
}

// As neurons of the population, neuron after neuron.
std::vector<Spike> placed(const FileSpikes& spikes, const std::string& file,
                          const SpikeFileReading& reading) {
  const auto refuse = [&](const std::string& message) { throw FormatError(file, 0, message); };
  if (spikes.ids.size() != spikes.times.size())
    refuse(fmt::format("{} neurons and {} times; one of each is needed per spike",
                       spikes.ids.size(), spikes.times.size()));
  if (spikes.ids.size() > reading.most)
    throw LimitError("spikes of a file", static_cast<double>(reading.most),
                     static_cast<double>(spikes.ids.size()),
                     fmt::format("{}: it has {} spikes, and at most {} are read; split it", file,
                                 spikes.ids.size(), reading.most));
  if (spikes.unit && reading.unit)
    refuse("the file says itself in which unit its times are; remove unit");
  const double unit = spikes.unit ? *spikes.unit : reading.unit.value_or(0.0);
  const auto first = static_cast<double>(reading.first), last = first + reading.size - 1;
  std::vector<Spike> placed;
  placed.reserve(spikes.ids.size());
  for (std::size_t k = 0; k < spikes.ids.size(); ++k) {
    const double id = spikes.ids[k], time = spikes.times[k] * unit;
    if (!(id >= first && id <= last && id == std::floor(id)))
      refuse(fmt::format(
          "spike {} is of neuron {}, and those of the population are called {} to {} "
          "here; the file has {} to {}: write first = {}, or give the population "
          "that size",
          k, id, first, last, *std::ranges::min_element(spikes.ids),
          *std::ranges::max_element(spikes.ids), *std::ranges::min_element(spikes.ids)));
    if (!(time >= 0.0) || !std::isfinite(time))
      refuse(
          fmt::format("spike {} is at {} ms; times count from the start of the trial and are not "
                      "negative",
                      k, time));
    placed.push_back({time, static_cast<NeuronId>(id - first)});
  }
  std::ranges::sort(placed, [](const Spike& a, const Spike& b) {
    return a.neuron != b.neuron ? a.neuron < b.neuron : a.time < b.time;
  });
  const auto twice = std::ranges::adjacent_find(placed);
  if (twice != placed.end())
    refuse(fmt::format("neuron {} fires twice at {} ms; a neuron fires once at a time, remove one",
                       first + twice->neuron, twice->time));
  return placed;
}

// Times of arrays count in ms, unless something else is said.
FileSpikes in_ms(FileSpikes spikes, const SpikeFileReading& reading) {
  if (!spikes.unit && !reading.unit) spikes.unit = 1.0;
  return spikes;
}

std::vector<Spike> from_text(std::string_view text, const std::string& file,
                             const SpikeFileReading& reading) {
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos)
    throw FormatError(file, zero,
                      "it is neither text (CSV, or what NEST records) nor NPZ nor HDF5; write one "
                      "of these");
  refuse_group(file, reading.group);
  const FileSpikes spikes = parse_spike_text(text, file, reading.most);
  if (!spikes.unit && !reading.unit)
    throw FormatError(file, 0,
                      "nothing says in which unit its times are; call the column time_ms, or write "
                      "unit = \"ms\"");
  return placed(spikes, file, reading);
}

}  // namespace

std::vector<Spike> parse_spike_file(std::span<const std::uint8_t> bytes, const std::string& file,
                                    const SpikeFileReading& reading) {
  if (hdf5::is_hdf5(bytes)) {
    if (auto sonata = from_sonata(hdf5::Reader(bytes, file), reading.group))
      return placed(*sonata, file, reading);
  } else if (!is_zip(bytes)) {
    return from_text({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, file, reading);
  }
  refuse_group(file, reading.group);
  const ArrayFile arrays({bytes.begin(), bytes.end()}, file);
  return placed(in_ms(from_arrays(arrays), reading), file, reading);
}

std::vector<Spike> read_spike_file(const fs::path& path, const SpikeFileReading& reading) {
  std::error_code ignored;
  if (fs::exists(path, ignored) && !fs::is_regular_file(path, ignored))
    throw IoError(path.string(), "it is no file; name a file of spikes");
  if (fs::exists(path, ignored) && hdf5::is_hdf5(read_beginning(path, 8))) {
    if (auto sonata = from_sonata(hdf5::Reader(path), reading.group))
      return placed(*sonata, path.string(), reading);
    refuse_group(path.string(), reading.group);
    return placed(in_ms(from_arrays(ArrayFile(path)), reading), path.string(), reading);
  }
  return parse_spike_file(read_file(path, most_bytes), path.string(), reading);
}

}  // namespace retrograde
