// Conformance of an emulated Loihi 2 network with the exact network that it was quantised from.
#pragma once

#include <cstddef>
#include <functional>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/readout.hpp>
#include <retrograde/engine/trial/tape.hpp>
#include <retrograde/engine/trial/trial.hpp>
#include <retrograde/hardware/conformance.hpp>
#include <retrograde/hardware/loihi2/deploy/quantize.hpp>
#include <retrograde/hardware/loihi2/emulator/emulator.hpp>

namespace retrograde::loihi2 {

// A labelled set. All functions are called from many threads.
struct ComparisonSet {
  std::size_t size = 0;
  std::function<Trial(std::size_t)> trial;
  std::function<int(std::size_t)> label;  // none: unlabelled
  // The exact network's tape for a trial, with the integrals that the readout needs; none:
  // that of an automatic machine.
  std::function<Tape(std::size_t, const Trial&)> exact;
};

// One trial on both sides. `exact` is the tape of `network`, `chip` was quantised from it.
// Registers per population: a (16 bit), u and v (24 bit).
ConformanceSample compare(const Network& network, const Emulator& chip, const Readout& readout,
                          const Trial& trial, const Tape& exact, int label);

// A whole set, in parallel; the result does not depend on the number of threads. The counts of the
// quantisation are `report`'s. `progress` as in add_samples. Throws what the runs throw.
Conformance compare(const Network& network, const Emulator& chip, const Readout& readout,
                    const ComparisonSet& set, const QuantizationReport& report = {},
                    const std::function<bool(std::size_t)>& progress = {});

}  // namespace retrograde::loihi2
