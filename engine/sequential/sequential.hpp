// The sequential scheduler: one event after the other in the total order of events/order.hpp, two
// queues, nothing clever. It is the oracle for every faster scheduler and serves networks without
// lookahead.
//
// Every spike opens one stream: its deliveries in order of arrival (Network::outgoing is sorted by
// delay), of which only the next one is queued. Queues hold O(active spikes + neurons about to
// fire), not O(pending deliveries). Time O(deliveries * log(active spikes)).
#pragma once

#include <span>
#include <vector>

#include <retrograde/engine/machine.hpp>

namespace retrograde {

// As `run`, by this scheduler whatever the options say.
Tape run_sequential(const Network& network, const Trial& trial, const RunOptions& options = {},
                    std::span<const Probe> probes = {},
                    std::vector<Recording>* recordings = nullptr);

}  // namespace retrograde
