// Training: minibatches of trials, exact gradients, Adam. The trainer keeps no clock and opens no
// file; progress is a callback and everything it needs to go on is one value, TrainerState, so that
// a run that was killed and resumed equals one that was not, bit for bit.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <retrograde/adjoint/check/identities.hpp>
#include <retrograde/adjoint/grazing.hpp>
#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/adjoint/train/learning.hpp>
#include <retrograde/adjoint/train/optimizer.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/engine/trial/labelled_trials.hpp>

namespace retrograde {

// A network as something else runs it than the exact engine: in other values, by other rules. The
// loss is that of its tape, the gradient is exact along the tape in `network`, and taken as that of
// the values it was made from (straight through).
class Surrogate {
 public:
  virtual ~Surrogate() = default;
  virtual const Network& network() const = 0;
  // May be called from many threads. Throws what runs throw.
  virtual Tape run(const Trial& trial, const RunOptions& options) const = 0;
};

struct TrainerOptions {
  std::uint32_t batch = 32;
  AdamSpec adam;
  double rate_decay = 1.0;  // factor on all rates after every epoch
  // A heuristic: added to learned weights into a neuron that was silent for a whole epoch.
  double silent_increment = 0.0;
  // A heuristic, since a spike count has no gradient: strength * (mean spikes per trial - target)
  // enters p_v at every spike.
  double regulariser_strength = 0.0;
  double regulariser_target = 0.0;
  double gradient_clip = 0.0;  // largest Euclidean norm of a batch gradient; 0: none
  GrazingOptions grazing;
  // Every so many batches of an epoch, its first among them, the identities of
  // adjoint/check/identities.hpp are evaluated on the gradient of each of its trials; 0: never.
  std::uint32_t self_check = 0;
  RunOptions run = {};  // of every trial; its readout is the loss's
  Scheduler scheduler = Scheduler::automatic;
  // Made anew for the values of each batch; none: the network itself.
  std::function<std::unique_ptr<Surrogate>(const Network&)> surrogate = {};
  std::uint64_t seed = 1;  // of the order of trials
};

// What one pass over a set says.
struct SetResult {
  std::uint64_t trials = 0;
  double loss_sum = 0.0;
  std::uint64_t correct = 0;
  std::vector<std::uint64_t> spikes;  // per neuron
  std::vector<std::uint64_t>
      confusion;  // rows are labels, columns decisions, the last one "none"; empty while training
  std::uint64_t forward_deliveries = 0, backward_deliveries = 0;
  GrazingCounts grazing;  // of training only
  // Batches, and neurons that were silent in all trials of a batch, summed over batches.
  std::uint64_t batches = 0, silent_in_batches = 0;

  double loss() const { return trials ? loss_sum / static_cast<double>(trials) : 0.0; }
  double accuracy() const {
    return trials ? static_cast<double>(correct) / static_cast<double>(trials) : 0.0;
  }
};

// Mean spikes per trial and neuron over the spiking neurons (inputs and readouts left out), and how
// many of them never fired.
struct Activity {
  double spikes_per_neuron = 0.0;
  std::uint64_t silent = 0, neurons = 0;
};
Activity activity(const Network& network, const SetResult& result);

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
  std::vector<double> values;    // parameters
  Adam::State adam;
  SetResult epoch_result;  // of the current epoch so far
};

class Trainer {
 public:
  Trainer(const Network& initial, Learning learning, const LabelledTrials& trials, const Loss& loss,
          const TrainerOptions& options);

  // Called after every batch; returns false to stop after it.
  using Progress = std::function<bool(const SetResult& so_far)>;

  // Trains to the end of the current epoch. Returns false if the callback stopped it before;
  // run_epoch then goes on from there.
  bool run_epoch(const Progress& progress = {});

  const Network& network() const { return network_; }
  // A copy of everything that the next batch depends on. O(parameters).
  TrainerState state() const;
  std::uint32_t epoch() const { return state_.epoch; }  // finished
  // Of the current epoch.
  std::uint64_t trials_done() const { return state_.next_trial; }
  const SetResult& epoch_so_far() const { return state_.epoch_result; }
  // By which all learning rates are multiplied during an epoch (0-based).
  double rate_factor_of(std::uint32_t epoch) const;
  // Result of the last finished epoch, over the trials as they were met.
  const SetResult& last_epoch() const { return last_epoch_; }
  // Seconds spent in forward and backward passes since construction, for rates; never part of a
  // result.
  double forward_seconds() const { return forward_seconds_; }
  double backward_seconds() const { return backward_seconds_; }
  const SelfCheck& self_check() const { return self_check_; }

  // Goes on from a state saved earlier by a trainer of the same network and options.
  void restore(TrainerState state);

 private:
  void run_batch(const std::vector<std::uint32_t>& order, std::size_t begin, std::size_t end);
  void lift_silent_neurons();
  void add_to_self_check(std::size_t trial, const Identities& identities);

  Network network_;
  const LabelledTrials& trials_;
  const Loss& loss_;
  TrainerOptions options_;
  Adam adam_;
  TrainerState state_;  // without values and moments, which live in network_ and adam_
  bool neuron_parameters_;
  SetResult last_epoch_;
  SelfCheck self_check_;
  double forward_seconds_ = 0.0, backward_seconds_ = 0.0;
  std::vector<std::vector<double>> partial_gradients_;  // per group of trials, reused
};

// Forward pass over a whole set, in parallel; the sums do not depend on the number of threads.
SetResult evaluate(const Machine& machine, const LabelledTrials& trials, const Loss& loss,
                   RunOptions options = {},
                   const std::function<bool(std::size_t done)>& progress = {});
SetResult evaluate(const Surrogate& surrogate, const LabelledTrials& trials, const Loss& loss,
                   RunOptions options = {},
                   const std::function<bool(std::size_t done)>& progress = {});

}  // namespace retrograde
