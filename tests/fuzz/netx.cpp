#include <sstream>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/emulator/emulator.hpp>
#include <retrograde/scenarios/exchange/chip/chip_file.hpp>
#include <retrograde/scenarios/exchange/chip/netx_read.hpp>

#include "tests/fuzz/described_hdf5.hpp"
#include "tests/fuzz/targets.hpp"

namespace retrograde::fuzz {

namespace {

constexpr ScenarioLimits limits{
    .populations = 20, .projections = 50, .neurons = 2'000, .synapses = 20'000};

// From a first line "reading SKIP NUM INTERVAL OFFSET", if there is one.
NetxReading reading_of(std::span<const std::uint8_t> bytes) {
  std::istringstream words(std::string(bytes.begin(), bytes.end()));
  std::string word;
  NetxReading reading;
  reading.limits = limits;
  if (words >> word && word == "reading")
    words >> reading.skip_layers >> reading.num_layers >> reading.reset_interval >>
        reading.reset_offset;
  return reading;
}

}  // namespace

void netx(std::span<const std::uint8_t> bytes) {
  NetxNetwork network;
  try {
    network = read_netx(span_of(described_hdf5(bytes)), "fuzz.net", reading_of(bytes));
  } catch (const Error&) {
    return;
  }
  if (network.chip.neuron_count() > limits.neurons ||
      network.chip.populations.size() > limits.populations)
    throw InternalError("an accepted netX file has more than the limits allow");
  std::vector<loihi2::ChipSpike> inputs;
  for (NeuronId n = 0; n < network.chip.populations[0].size; ++n) inputs.push_back({0, n});
  loihi2::Emulator(network.chip).run(inputs, 4);
  same_as_chip_file({network.chip, {}});
}

}  // namespace retrograde::fuzz
