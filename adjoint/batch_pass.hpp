// One batch, or some of its groups of trials (batch_groups.hpp), on its way forward along tapes and
// back: what TapeGradients (tape_gradients.hpp) does alone and several ranks do together
// (ranks/ranked_gradients.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <retrograde/adjoint/backward.hpp>
#include <retrograde/adjoint/batch_groups.hpp>
#include <retrograde/adjoint/candidate_network.hpp>
#include <retrograde/adjoint/gradient_source.hpp>
#include <retrograde/engine/scheduler.hpp>

namespace retrograde {

// Of one batch, whose values they hold.
struct BatchMachines {
  std::unique_ptr<const Machine> forward;
  std::unique_ptr<const Machine> back;  // of forward's network; null: `forward` itself
};

class BatchPass {
 public:
  // All that is given by reference outlives it. Of the groups it takes those of the `index`-th of
  // `of`; the way back over candidates goes by `of_candidates`.
  BatchPass(BatchMachines machines, Scheduler of_candidates, const LabelledTrials& trials,
            std::span<const std::uint32_t> batch, const Loss& loss, const GradientOptions& options,
            std::size_t index = 0, std::size_t of = 1);
  BatchPass(const BatchPass&) = delete;
  BatchPass& operator=(const BatchPass&) = delete;

  const BatchGroups& groups() const { return groups_; }
  Portion share() const { return share_; }  // of the groups
  // Of a sum: that of the network with candidates, where there are any.
  GradientLayout layout() const {
    return {(probe_ ? *probe_ : back()).network().layout(), options_.delays};
  }

  // Of the share's trials, in order. They stop with Interrupted when options.run.progress says so,
  // and so does `backward`.
  std::vector<TrialResult> forward();
  // Per neuron, over the share's trials.
  std::vector<std::uint64_t> spikes() const;
  // For GradientOptions::inspect.
  void show_gradients() const;
  // One sum per group of the share, in `sums`, which may be longer and is reused; `results` are those
  // that `forward` returned, `spikes` those of the whole batch.
  void backward(std::span<const std::uint64_t> spikes, std::span<TrialResult> results,
                std::vector<std::vector<double>>& sums);
  // Takes the sum of all groups apart, into result.sum and result.candidates.
  void split(std::vector<double> sum, BatchGradient& result) const;

 private:
  const Machine& back() const { return machines_.back ? *machines_.back : *machines_.forward; }
  std::size_t size() const { return tapes_.size(); }  // trials of the share
  Trial shown(std::size_t k) const { return trials_.shown(batch_[first_ + k], options_.epoch); }
  int label(std::size_t k) const { return trials_.label(batch_[first_ + k]); }
  std::vector<double> kick(std::span<const std::uint64_t> spikes) const;
  bool go_back_on_device(const BackwardOptions& how, std::span<TrialResult> results,
                         std::vector<std::vector<double>>& sums) const;
  BackwardStatistics go_back(std::size_t k, const BackwardOptions& how, Gradient& gradient) const;

  BatchMachines machines_;
  CandidateNetwork candidates_;
  std::unique_ptr<const Machine> probe_;  // of the network with candidates, or null
  const LabelledTrials& trials_;
  std::span<const std::uint32_t> batch_;
  const Loss& loss_;
  const GradientOptions& options_;
  BatchGroups groups_;
  Portion share_;
  std::size_t first_ = 0;  // trial of the share
  // Of the trials of the share.
  std::vector<Tape> tapes_;
  std::vector<LossValue> values_;
};

// Adds `others` to `sum`, one after the other.
void add_in_order(std::vector<double>& sum, std::span<const std::vector<double>> others);

}  // namespace retrograde
