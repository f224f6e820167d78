// The formats of files of spikes (spike_file.hpp): each adds what the file has to a collector. All throw
// FormatError with the place.
#pragma once

#include <string_view>

#include <retrograde/scenarios/io/arrays/array_file.hpp>
#include <retrograde/scenarios/io/spikes/spike_collector.hpp>

namespace retrograde {

// CSV, and what NEST records.
void collect_text(std::string_view text, SpikeCollector& collector);
// NPZ and HDF5, SONATA among them.
void collect_arrays(const ArrayFile& arrays, SpikeCollector& collector);
// run.json.
void collect_run(std::string_view text, SpikeCollector& collector);

}  // namespace retrograde
