// Conformance of an emulated Loihi 2 network with the exact network that it was quantised from.
#pragma once

#include <cstddef>
#include <functional>

#include <retrograde/engine/machine.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/labelled_trials.hpp>
#include <retrograde/engine/trial/readout.hpp>
#include <retrograde/engine/trial/tape.hpp>
#include <retrograde/engine/trial/trial.hpp>
#include <retrograde/hardware/conformance.hpp>
#include <retrograde/hardware/loihi2/deploy/quantize.hpp>
#include <retrograde/hardware/loihi2/emulator/emulator.hpp>

namespace retrograde::loihi2 {

// One trial on both sides. `exact` is the tape of `network`, `chip` was quantised from it.
// Registers per population: a (16 bit), u and v (24 bit).
ConformanceSample compare(const Network& network, const Emulator& chip, const Readout& readout,
                          const Trial& trial, const Tape& exact, int label);

// A whole set, in parallel, against the machine that runs the network exactly; the result does not
// depend on the number of threads. `options` are those of the exact runs; without a
// readout there are no decisions and labels mean nothing. The counts of the quantisation are
// `report`'s. `progress` as in add_samples. Throws what the runs throw, and NetworkError for a
// label that is no class of the readout.
Conformance compare(const Machine& exact, const Emulator& chip, const LabelledTrials& trials,
                    const RunOptions& options, const QuantizationReport& report = {},
                    const std::function<bool(std::size_t)>& progress = {});

}  // namespace retrograde::loihi2
