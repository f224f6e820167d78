#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/deploy/chip_machine.hpp>

namespace retrograde::loihi2 {

ChipMachine::ChipMachine(const Network& network, const QuantizeOptions& options,
                         const Semantics& semantics)
    : chip_(quantize(network, options).chip),
      stepped_(network, chip_, ApproximationSet::all(), semantics) {}

Tape ChipMachine::run_checked(const Trial& trial, const RunOptions& options,
                              std::span<const Probe> probes, std::vector<Recording>*) const {
  if (!probes.empty())
    throw NetworkError("probe 0", "the chip as a machine has no probes; trace the emulator");
  return stepped_.run(trial, options);
}

}  // namespace retrograde::loihi2
