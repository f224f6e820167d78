// What a rank does when it is asked, the leader as well as the others: its share of a batch or of the
// trials that judge, and its part of putting them together. All ranks do the same, in step; what
// fails in a share is told to the leader, and the others go on as if it had not.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <retrograde/adjoint/batch_pass.hpp>
#include <retrograde/adjoint/ranks/shared_task.hpp>
#include <retrograde/adjoint/set_result.hpp>
#include <retrograde/engine/ranks/ranks.hpp>

namespace retrograde {

// Why a rank has nothing to give.
struct ShareFailure {
  int rank = 0;
  std::string message;
};

// On the leader that of all ranks, when it returns; on others nothing.
struct Gathered {
  std::vector<TrialResult> results;    // in order
  std::vector<std::uint64_t> spikes;   // per neuron
  std::vector<ShareFailure> failures;  // if there are any, the rest means nothing
  double forward_seconds = 0.0;        // of this rank
};

// A share of a batch; the leader's sums[0] becomes the sum over all groups. `pass` takes the share of
// this rank (Chain). Throws Interrupted on the leader, and what the way to other ranks throws.
Gathered share_batch(Ranks& ranks, BatchPass& pass, const Network& network,
                     const GradientOptions& options, std::size_t parameters,
                     std::vector<std::vector<double>>& sums);

// A share of the trials that judge a network. The same.
Gathered share_judgement(Ranks& ranks, const SharedTask& task, const Machine& machine,
                         const RunOptions& run);

}  // namespace retrograde
