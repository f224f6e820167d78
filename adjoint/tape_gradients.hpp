// Gradients by running each trial on a machine and going back along its tape.
//
// On a machine of the engine they are exact. On a chip the way back is exact along the spikes that
// the chip made, in the values that the chip has, and the result is taken as the gradient of the
// values it was made from (straight through).
//
// Candidates are further synapses of weight 0 on the way back (candidate_network.hpp), along the
// tapes of the network itself: one pass brings both gradients, at a cost proportional to the
// deliveries over synapses and candidates.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <retrograde/adjoint/batch_pass.hpp>
#include <retrograde/adjoint/gradient_source.hpp>
#include <retrograde/adjoint/prefetched_trials.hpp>
#include <retrograde/engine/scheduler.hpp>

namespace retrograde {

class TapeGradients final : public GradientSource {
 public:
  explicit TapeGradients(Scheduler scheduler, const std::shared_ptr<Device>& device = nullptr);
  // `make_machines` is called once for each batch; the way back over candidates goes by
  // `of_candidates`.
  explicit TapeGradients(std::function<BatchMachines(const Network&)> make_machines,
                         Scheduler of_candidates = Scheduler::automatic);

  void make(const Network& network, const LabelledTrials& trials,
            std::span<const std::uint32_t> batch, const Loss& loss, const GradientOptions& options,
            BatchGradient& result) override;

 private:
  std::function<BatchMachines(const Network&)> make_machines_;
  Scheduler of_candidates_;
  bool on_device_ = false;
  std::unique_ptr<PrefetchedTrials> ahead_;  // on a device; the trials outlive this source
  std::vector<std::vector<double>> sums_;    // of the groups of trials
};

}  // namespace retrograde
