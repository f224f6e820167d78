#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/stimuli/spike_file.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

#include "tests/fuzz/described_hdf5.hpp"
#include "tests/fuzz/targets.hpp"

namespace retrograde::fuzz {

void spike_file(std::span<const std::uint8_t> bytes) {
  if (hdf5::is_hdf5(bytes)) return;
  std::string described;
  if (!bytes.empty() && bytes[0] == '/') {
    described = described_hdf5(bytes);
    bytes = span_of(described);
  }
  SpikeFileReading reading;
  reading.size = 100;
  reading.first = 1;
  reading.most = 10'000;
  for (const char* name : {"fuzz.csv", "fuzz.gdf"}) {
    std::vector<Spike> spikes;
    try {
      spikes = parse_spike_file(bytes, name, reading);
    } catch (const Error&) {
      continue;
    }
    for (std::size_t k = 0; k < spikes.size(); ++k) {
      const Spike& s = spikes[k];
      if (s.neuron >= reading.size || !(s.time >= 0.0) || s.time == never)
        throw InternalError("a spike of a neuron or at a time that there is not");
      if (k > 0 && !(spikes[k - 1].neuron < s.neuron ||
                     (spikes[k - 1].neuron == s.neuron && spikes[k - 1].time < s.time)))
        throw InternalError("the spikes of an accepted file are not in order");
    }
  }
}

}  // namespace retrograde::fuzz
