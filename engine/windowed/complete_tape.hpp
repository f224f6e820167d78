// What a tape brings besides its spikes, once these are known: deliveries, and what the readout and probes
// ask about voltages.
#pragma once

#include <span>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/probe.hpp>
#include <retrograde/engine/trial/readout.hpp>
#include <retrograde/engine/trial/spike_train.hpp>
#include <retrograde/engine/trial/tape.hpp>
#include <retrograde/engine/trial/trial.hpp>
#include <retrograde/engine/windowed/window_plan.hpp>

namespace retrograde {

// Whether it is a sum over arrivals (linear_readout.hpp).
bool is_linear(const Readout& readout);

// `trains` are those of the tape, per population. Integrals that the tape has are left as they are.
void complete_tape(const Network& network, const WindowPlan& plan, const Trial& trial,
                   const std::vector<SpikeTrain>& trains, const Readout& readout,
                   std::span<const Probe> probes, std::vector<Recording>* recordings, Tape& tape);

}  // namespace retrograde
