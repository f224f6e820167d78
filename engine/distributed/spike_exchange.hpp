// How the windows of one large network over ranks meet (windowed/layer_share.hpp): one all-gather a
// window, of 20 bytes for each spike and 16 more for each rank.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/engine/distributed/neuron_shares.hpp>
#include <retrograde/engine/exact/arbiter_share.hpp>
#include <retrograde/engine/machine.hpp>
#include <retrograde/engine/ranks/ranks.hpp>
#include <retrograde/engine/windowed/layer_share.hpp>

namespace retrograde {

// What was exchanged.
struct ExchangeStatistics {
  std::uint64_t meetings = 0, bytes = 0;  // all-gathers, and what came of them here
  std::uint64_t questions = 0;            // that needed the neurons of others
  double seconds = 0.0;                   // in them, waiting for others included
};

class SpikeExchange final : public LayerShare, public ArbiterShare {
 public:
  // All outlive it; `whole` is of the projections of `part`.
  SpikeExchange(Ranks& ranks, const NeuronShares& shares, const Network& part,
                const std::vector<ProjectionExtent>& whole);

  std::vector<Stretch> own(const WindowLayer& layer) const override;
  // Throws RunawayError as one process does, and RankError with what else a rank has met.
  std::optional<SharedQuestion> meet(const WindowLayer& layer, WindowOutcome& outcome) override;
  bool joins(std::size_t projection) const override { return whole_[projection].synapses > 0; }
  Time worked_out(NeuronId neuron, const std::function<Time()>& work) const override;

  // Of the run that begins: what the error of a neuron that runs away says.
  void begin(const RunOptions& options);
  const ExchangeStatistics& statistics() const { return statistics_; }

 private:
  void gather(std::span<const std::byte> own) const;
  [[noreturn]] void throw_failure() const;

  Ranks& ranks_;
  const NeuronShares& shares_;
  const Network& part_;
  const std::vector<ProjectionExtent>& whole_;
  double max_rate_ = 0.0;
  std::string remedy_;
  std::vector<std::byte> message_;
  mutable AllGathered all_;
  mutable ExchangeStatistics statistics_;
};

}  // namespace retrograde
