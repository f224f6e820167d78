#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/arrays/zip.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>
#include <retrograde/scenarios/io/spikes/spike_formats.hpp>

namespace retrograde {

namespace fs = std::filesystem;

namespace {

bool is_json(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

}  // namespace

SpikeFile parse_spike_file(std::vector<std::uint8_t> bytes, const std::string& file,
                           const SpikeReading& reading) {
  SpikeCollector collector(file, reading);
  if (hdf5::is_hdf5(bytes) || is_zip(bytes)) {
    collect_arrays(ArrayFile(std::move(bytes), file), collector);
  } else if (const auto zero = std::ranges::find(bytes, 0); zero != bytes.end()) {
    throw FormatError(
        file, static_cast<std::uint64_t>(zero - bytes.begin()),
        "it is neither text (CSV, or what NEST records) nor NPZ nor HDF5, in which spikes "
        "are kept; write one of these");
  } else {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    is_json(text) ? collect_run(text, collector) : collect_text(text, collector);
  }
  return collector.end();
}

SpikeFile read_spike_file(const fs::path& path, const SpikeReading& reading) {
  std::error_code ignored;
  if (fs::exists(path, ignored) && !fs::is_regular_file(path, ignored))
    throw IoError(path.string(), "it is no file; name a file of spikes");
  constexpr std::size_t signature = 8;
  if (!fs::exists(path, ignored) || !hdf5::is_hdf5(read_beginning(path, signature)))
    return parse_spike_file(read_file(path), path.string(), reading);
  // HDF5 is read where it is.
  SpikeCollector collector(path.string(), reading);
  collect_arrays(ArrayFile(path), collector);
  return collector.end();
}

bool is_spike_file_name(const fs::path& path) {
  constexpr std::array<std::string_view, 6> endings = {".csv", ".dat", ".gdf",
                                                       ".npz", ".h5",  ".hdf5"};
  return std::ranges::find(endings, path.extension().string()) != endings.end();
}

}  // namespace retrograde
