// The emulated chip as a machine (engine/machine.hpp): a network is quantised, and its trials run
// on the integers, bit for bit (approximation.hpp with all approximations).
#pragma once

#include <retrograde/engine/machine.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/deploy/approximation.hpp>
#include <retrograde/hardware/loihi2/deploy/quantize.hpp>

namespace retrograde::loihi2 {

class ChipMachine final : public Machine {
 public:
  // Nothing of `network` is kept. Throws what quantize throws.
  ChipMachine(const Network& network, const QuantizeOptions& options,
              const Semantics& semantics = {})
      : chip_(quantize(network, options).chip),
        stepped_(network, chip_, ApproximationSet::all(), semantics) {}

  std::string_view name() const override { return "loihi2"; }
  // In the values that the integers stand for.
  const Network& network() const override { return stepped_.network(); }

 private:
  // Probes throw NetworkError.
  Tape run_checked(const Trial& trial, const RunOptions& options, std::span<const Probe> probes,
                   std::vector<Recording>* recordings) const override {
    if (!probes.empty())
      throw NetworkError("probe 0", "the chip as a machine has no probes; trace the emulator");
    if (recordings) recordings->clear();
    return stepped_.run(trial, options);
  }

  ChipNetwork chip_;
  ApproximateNetwork stepped_;
};

}  // namespace retrograde::loihi2
