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
#include <retrograde/engine/network/analysis.hpp>

namespace retrograde {

class SequentialMachine final : public Machine {
 public:
  explicit SequentialMachine(const Network& network)
      : network_(network), ranks_(instant_ranks(network)) {}
  std::string_view name() const override { return "sequential"; }
  const Network& network() const override { return network_; }

 private:
  Tape run_checked(const Trial& trial, const RunOptions& options, std::span<const Probe> probes,
                   std::vector<Recording>* recordings) const override;

  const Network& network_;
  const std::vector<std::uint32_t> ranks_;
};

// One trial, by this machine.
inline Tape run_sequential(const Network& network, const Trial& trial,
                           const RunOptions& options = {}, std::span<const Probe> probes = {},
                           std::vector<Recording>* recordings = nullptr) {
  return SequentialMachine(network).run(trial, options, probes, recordings);
}

}  // namespace retrograde
