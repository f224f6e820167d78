// The gradient of a batch, made by several ranks: what the leader gives its trainer. The bits are
// those that TapeGradients of one process have, for any number of ranks.
//
// Groups of trials (adjoint/batch_groups.hpp) are shared, never divided, so that at most as many
// ranks as there are groups take part. A batch that a trial of it fails is made again by the leader
// alone, which so meets the error that one process meets. Batches whose gradients are inspected
// (GradientOptions::inspect) are the leader's alone.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include <retrograde/adjoint/gradient_source.hpp>
#include <retrograde/adjoint/ranks/shared_task.hpp>
#include <retrograde/adjoint/set_result.hpp>
#include <retrograde/adjoint/tape_gradients.hpp>
#include <retrograde/engine/ranks/ranks.hpp>

namespace retrograde {

class RankedGradients final : public GradientSource {
 public:
  // `ranks` outlives it, and the others serve the same task (rank_worker.hpp).
  RankedGradients(Ranks& ranks, SharedTask task);

  // `trials` and `loss` are those of the task. Throws what TapeGradients throw; Interrupted, when the
  // leader is to stop, and RankError, after which ranks are not at rest.
  void make(const Network& network, const LabelledTrials& trials,
            std::span<const std::uint32_t> batch, const Loss& loss, const GradientOptions& options,
            BatchGradient& result) override;

 private:
  Ranks& ranks_;
  SharedTask task_;
  TapeGradients alone_;
  std::vector<std::vector<double>> sums_;
};

// adjoint/evaluate.hpp of the trials that judge, by all ranks. The leader's; throws as make does.
SetResult evaluate_over(Ranks& ranks, const SharedTask& task, const Network& network);

}  // namespace retrograde
