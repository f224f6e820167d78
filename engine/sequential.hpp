// The sequential scheduler: one event after the other in the total order of events/order.hpp, two
// queues, nothing clever. It is the oracle for every faster scheduler and serves networks without
// lookahead.
//
// Every spike opens one stream: its deliveries in order of arrival (Network::outgoing is sorted by
// delay), of which only the next one is queued. Queues hold O(active spikes + neurons about to
// fire), not O(pending deliveries). Time O(deliveries * log(active spikes)).
#pragma once

#include <functional>
#include <span>
#include <vector>

#include <retrograde/engine/network.hpp>
#include <retrograde/engine/probe.hpp>
#include <retrograde/engine/readout.hpp>
#include <retrograde/engine/tape.hpp>
#include <retrograde/engine/trial.hpp>

namespace retrograde {

struct RunOptions {
  Readout readout;  // what the tape brings about the voltages of its population
  // Guard against runaway activity: a neuron that has fired more than 1000 + max_rate * t times by
  // t (ms) stops the run with a LimitError that names it.
  double max_rate = 10.0;
  // Called every 65,536 deliveries with the time reached; false stops the run with Interrupted.
  std::function<bool(Time)> progress = {};
};

// Runs one trial. Throws LimitError (runaway), NetworkError (an input spike outside the trial or of
// a neuron that is not an input). Recordings come in the order of the probes.
Tape run_sequential(const Network& network, const Trial& trial, const RunOptions& options = {},
                    std::span<const Probe> probes = {},
                    std::vector<Recording>* recordings = nullptr);

}  // namespace retrograde
