// Spikes as lines of text: CSV, or what NEST records. Columns are separated by commas, semicolons, tabs
// or blanks; lines of `#` are comments. The first line names the columns, but in a .gdf file, which has
// none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace retrograde {

// Spikes as a file has them, before they are neurons of a population.
struct FileSpikes {
  std::vector<double> ids, times;
  std::optional<double> unit;  // ms that 1 is in `times`; none: the file does not say
};

// Throws FormatError, with the line; LimitError beyond `most` spikes.
FileSpikes parse_spike_text(std::string_view text, const std::string& file, std::uint64_t most);

// What columns and arrays with these are called.
bool names_neurons(std::string_view name);
// Times, and their unit where the name says it: time_ms.
bool names_times(std::string_view name, std::optional<double>* unit);

}  // namespace retrograde
