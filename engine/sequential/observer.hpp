// Readouts and probes of a run that is known already: the membranes of the neurons that somebody
// looks at are taken through the trial once more, along the spikes of its tape.
#pragma once

#include <span>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/probe.hpp>
#include <retrograde/engine/trial/readout.hpp>
#include <retrograde/engine/trial/tape.hpp>

namespace retrograde {

// Completes a tape that has all its spikes, and the recordings. O(deliveries to populations with
// observed neurons + arrivals at these neurons * log). Models that keep no trajectory only.
void observe(const Network& network, const Readout& readout, std::span<const Probe> probes,
             Tape& tape, std::vector<Recording>* recordings);

}  // namespace retrograde
