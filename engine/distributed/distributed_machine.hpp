// One large network over ranks (engine/ranks/ranks.hpp). Each rank has a part (neuron_shares.hpp): the
// synapses that reach its own neurons. It runs these by the windowed scheduler, with the plan of the
// whole network, and after every window of a layer the ranks exchange its spikes, so that all have
// the whole tape. The same bits for any number of ranks, and those of the windowed machine.
//
// All ranks make the machine at once and run the same trials at once; what it throws about network or
// trial it throws on all of them. The leader's tape is whole. On other ranks the tape has all spikes,
// but slopes of their own neurons only, and no voltages.
//
// Not divided: the list of spikes, and some 800 bytes for each neuron of the whole network (its
// parameters and state; what is under way to it over dense projections, 32 bytes a window, besides).
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <retrograde/engine/distributed/neuron_shares.hpp>
#include <retrograde/engine/distributed/spike_exchange.hpp>
#include <retrograde/engine/machine.hpp>
#include <retrograde/engine/ranks/ranks.hpp>
#include <retrograde/engine/windowed/windowed.hpp>

namespace retrograde {

class DistributedMachine final : public Machine {
 public:
  // The part of this rank and the ranks outlive it. Throws NetworkError if the plan of the whole has an
  // obstacle. O(synapses of the part).
  DistributedMachine(const Network& part, Ranks& ranks);

  std::string_view name() const override { return "distributed"; }
  const Network& network() const override { return part_; }
  const Machine& chosen(Time duration, std::size_t inputs) const override;
  // Whether one process that has the choice would take windows for such a trial (engine/scheduler.hpp);
  // the other machine has other bits.
  bool windows_pay(Time duration, std::size_t inputs) const;
  // How many synapses the whole network has.
  std::uint64_t synapses() const;
  // Of the last run.
  const ExchangeStatistics& statistics() const { return exchange_->statistics(); }

 private:
  Tape run_checked(const Trial& trial, const RunOptions& options, std::span<const Probe> probes,
                   std::vector<Recording>* recordings) const override;
  void give_to_leader(const Tape& tape, std::span<const Probe> probes,
                      std::vector<Recording>& recordings) const;
  void take_from_others(Tape& tape, std::span<const Probe> probes,
                        std::vector<Recording>& recordings) const;

  const Network& part_;
  Ranks& ranks_;
  const NeuronShares shares_;
  const std::vector<ProjectionExtent> whole_;
  std::unique_ptr<SpikeExchange> exchange_;
  std::unique_ptr<const WindowedMachine> windowed_;
};

}  // namespace retrograde
