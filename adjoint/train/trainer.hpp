// Training: minibatches of trials, gradients from a source, Adam. The trainer keeps no clock of its
// own and opens no file; progress is a callback and everything it needs to go on is one value,
// TrainerState, so that a run that was killed and resumed equals one that was not, bit for bit.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <retrograde/adjoint/check/identities.hpp>
#include <retrograde/adjoint/gradient_source.hpp>
#include <retrograde/adjoint/grazing.hpp>
#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/adjoint/set_result.hpp>
#include <retrograde/adjoint/train/dropout.hpp>
#include <retrograde/adjoint/train/learning.hpp>
#include <retrograde/adjoint/train/optimizer.hpp>
#include <retrograde/adjoint/train/schedule.hpp>
#include <retrograde/adjoint/train/structure/rewiring.hpp>
#include <retrograde/adjoint/train/training_error.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/runaway.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/engine/trial/labelled_trials.hpp>

namespace retrograde {

struct TrainerOptions {
  std::uint32_t batch = 32;
  AdamSpec adam = {};
  Schedules schedules = {};          // of the learning rates
  std::vector<double> dropout = {};  // per population (Dropout); empty: none
  // A heuristic: added to learned weights into a neuron that was silent for a whole epoch.
  double silent_increment = 0.0;
  RateRegulariser regulariser = {};
  double gradient_clip =
      0.0;  // largest Euclidean norm of the mean gradient of what is learned; 0: none
  GrazingOptions grazing = {};
  std::size_t groups = 0;  // as GradientOptions
  // Every so many batches of an epoch, its first among them, the identities of
  // adjoint/check/identities.hpp are evaluated on the gradient of each of its trials; 0: never.
  std::uint32_t self_check = 0;
  RunOptions run = {};  // of every trial; its readout is the loss's
  Scheduler scheduler = Scheduler::automatic;
  std::shared_ptr<Device> device = nullptr;  // where trials run; null: on the CPU
  std::uint64_t seed = 1;                    // of the order of trials, and of who is dropped
};

// What the self-check found since the trainer was made; never part of a result.
struct SelfCheck {
  std::uint64_t trials = 0;    // checked
  std::uint64_t left_out = 0;  // trials with a spike that grazes so closely that rounding is all
  std::uint64_t violated = 0;  // identities, beyond rounding
  // The identity that came closest to its tolerance, or went farthest beyond, and its relative
  // residual in units of the tolerance.
  IdentityResidual worst;
  double excess = 0.0;
  std::uint32_t epoch = 0;  // 0-based
  std::uint64_t trial = 0;  // its index in the training set
};

struct TrainerState {
  std::uint32_t epoch = 0;       // epochs finished
  std::uint64_t next_trial = 0;  // trials of the current epoch already used
  // Parameters of the network of the moment; where structure is learned, which pairs have its synapses,
  // and what is remembered of others (structure/rewiring.hpp).
  std::vector<double> values;
  std::vector<PairId> synapses;
  std::vector<Remembered> remembered;
  std::vector<double> source;  // what the source of gradients learns itself
  Adam::State adam;
  SetResult epoch_result;  // of the current epoch so far
  std::vector<ScheduleState> schedules;
};

class Trainer {
 public:
  // `source` is where gradients come from; none: exact ones by the scheduler of the options. Delays
  // that would vanish together around a cycle get a floor (with_open_cycles), and groups have no
  // more of them above their lower bound than they may (keep_largest). `structure` is what is learned of
  // who has a synapse; `initial` and `learning` are those of its beginning then. None: that stays.
  Trainer(const Network& initial, Learning learning, const LabelledTrials& trials, const Loss& loss,
          const TrainerOptions& options, std::unique_ptr<GradientSource> source = nullptr,
          std::shared_ptr<const StructurePlan> structure = nullptr);
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  // Called after every batch but the last of an epoch; returns false to stop after it.
  using Progress = std::function<bool(const SetResult& so_far)>;

  // Trains to the end of the current epoch. Returns false if the callback stopped it before;
  // run_epoch then goes on from there. Throws TrainingError for a gradient that is not finite,
  // values that the network or its machine refuses and runaway activity that steps have led to; what
  // the source throws.
  bool run_epoch(const Progress& progress = {});

  const Network& network() const { return network_; }
  // With what the source learns itself folded in: what is judged, kept and deployed.
  Network folded() const { return source_->folded(network_); }
  // Which pairs have a synapse; empty unless structure is learned.
  std::vector<PairId> synapses() const;
  // A copy of everything that the next batch depends on. O(parameters).
  TrainerState state() const;
  std::uint32_t epoch() const { return state_.epoch; }  // finished
  // Of the current epoch.
  std::uint64_t trials_done() const { return state_.next_trial; }
  const SetResult& epoch_so_far() const { return state_.epoch_result; }
  // By which the learning rates were multiplied in the last batch of this trainer.
  const RateFactors& rate_factors() const { return rate_factors_; }
  // To be called after each epoch with what is to grow, for schedules that watch it.
  void watch(double value);
  // What is learned of the network of the moment, within which bounds (Learning).
  const Learning& learning() const { return rewiring_ ? rewiring_->learning() : adam_.learning(); }
  // Result of the last finished epoch, over the trials as they were met.
  const SetResult& last_epoch() const { return last_epoch_; }
  // Whether the last epoch, of this trainer, moved nothing, so that no later one will: every
  // gradient was 0 in all that is learned, as it has been since the first step, and no silent
  // neuron was lifted.
  bool stuck() const { return stuck_; }
  // Seconds spent in forward and backward passes since construction, for rates; never part of a
  // result.
  double forward_seconds() const { return forward_seconds_; }
  double backward_seconds() const { return backward_seconds_; }
  const SelfCheck& self_check() const { return self_check_; }
  // Does something with the network of the moment. Runaway activity, and what the network cannot do,
  // are a TrainingError once it has made a step; epoch and batch are 1-based.
  void explaining(std::uint32_t epoch, std::uint64_t batch,
                  const std::function<void()>& action) const;

  // Goes on from a state saved earlier by a trainer of the same network and options.
  void restore(TrainerState state);

 private:
  // The steps of a batch; `next` is the one after it in the epoch.
  void run_batch(std::span<const std::uint32_t> batch, std::span<const std::uint32_t> next);
  void make_gradient(std::span<const std::uint32_t> batch, std::span<const std::uint32_t> next);
  void average(std::size_t trials);
  // Calls action(k) for all values that are learned, ascending.
  template <typename Action>
  void for_each_learned(const Action& action) const;
  // Of value k, which is learned.
  double gradient_of(std::size_t k) const { return gradient_.sum[gradient_.layout.place(k)]; }
  void clip();
  void step();
  void step_values();
  void step_structure();
  void count();
  void set_values(std::vector<double> values);
  RewiringPlace rewiring_place() const;
  std::uint64_t batches_per_epoch() const {
    return (trials_.size() + options_.batch - 1) / options_.batch;
  }

  bool lift_silent_neurons();
  void end_epoch(bool lifted);
  void add_to_self_check(std::size_t trial, const Identities& identities);
  [[noreturn]] void throw_not_finite() const;
  std::uint64_t batch_number() const { return state_.epoch_result.batches + 1; }

  Network network_;
  const LabelledTrials& trials_;
  const Loss& loss_;
  TrainerOptions options_;
  std::unique_ptr<Rewiring> rewiring_;  // null: the structure stays
  Adam adam_;
  TrainerState state_;  // without values and moments, which live in network_ and adam_
  const bool neuron_parameters_, delays_;  // which gradients are needed, beside those of weights
  const Dropout dropout_;
  const DroppedTrials dropped_;
  std::unique_ptr<GradientSource> source_;  // which may be at work on dropped_
  RateFactors rate_factors_;
  BatchGradient gradient_;  // of the current batch: first the sum, then the mean
  SetResult last_epoch_;
  bool stuck_ = false;
  SelfCheck self_check_;
  double forward_seconds_ = 0.0, backward_seconds_ = 0.0;
};

}  // namespace retrograde
