#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/exchange/chip/chip_file.hpp>

#include "tests/fuzz/described_hdf5.hpp"
#include "tests/fuzz/targets.hpp"

namespace retrograde::fuzz {

void same_as_chip_file(const ChipFile& file) {
  const std::string written = write_chip_file(file);
  if (write_chip_file(read_chip_file(span_of(written), "again.chip")) != written)
    throw InternalError("a network comes back from a chip file as another one");
}

void chip_file(std::span<const std::uint8_t> bytes) {
  constexpr ScenarioLimits limits{
      .populations = 20, .projections = 50, .neurons = 2'000, .synapses = 20'000};
  ChipFile file;
  try {
    file = read_chip_file(span_of(described_hdf5(bytes)), "fuzz.chip", limits);
  } catch (const Error&) {
    return;
  }
  same_as_chip_file(file);
}

}  // namespace retrograde::fuzz
