#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/stimuli/recorded.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

#include "tests/fuzz/described_hdf5.hpp"
#include "tests/fuzz/targets.hpp"

namespace retrograde::fuzz {

namespace {

void check(const std::vector<Spike>& spikes, std::uint32_t size) {
  for (std::size_t k = 0; k < spikes.size(); ++k) {
    const Spike& s = spikes[k];
    if (s.neuron >= size || !(s.time >= 0.0) || s.time == never)
      throw InternalError("a spike of a neuron or at a time that there is not");
    if (k > 0 && !(spikes[k - 1].neuron < s.neuron ||
                   (spikes[k - 1].neuron == s.neuron && spikes[k - 1].time < s.time)))
      throw InternalError("the spikes of an accepted file are not in order");
  }
}

}  // namespace

void spike_file(std::span<const std::uint8_t> bytes) {
  if (hdf5::is_hdf5(bytes)) return;
  std::string described;
  if (!bytes.empty() && bytes[0] == '/') {
    described = described_hdf5(bytes);
    bytes = span_of(described);
  }
  const SpikeReading reading{.most = 10'000, .limits = {.populations = 20}};
  const SpikeChoice choice{.size = 100, .first = 1, .name = "a"};
  for (const char* name : {"fuzz.csv", "fuzz.gdf"}) {
    std::vector<std::vector<Spike>> trials;
    try {
      trials = chosen_spikes(parse_spike_file({bytes.begin(), bytes.end()}, name, reading), choice);
    } catch (const Error&) {
      continue;
    }
    for (const std::vector<Spike>& spikes : trials) check(spikes, choice.size);
  }
}

}  // namespace retrograde::fuzz
