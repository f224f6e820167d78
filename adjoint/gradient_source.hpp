// Who makes the gradient of a batch: the seam that training works over.
//
//   (values of a network, labelled trials, which of them)  ->  (sum of gradients, results)
//
// TapeGradients (tape_gradients.hpp) are exact over any machine; through a chip they are taken as
// those of the values behind its integers. SteppedGradients (stepped/stepped_gradients.hpp) go in
// steps, with surrogate gradients. RankedGradients (ranks/ranked_gradients.hpp) are those of
// TapeGradients, made by several processes. Whoever it is: trials are summed in an order that follows
// from the network and the batch alone, so that a result does not depend on the number of threads or
// of processes.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include <retrograde/adjoint/gradient.hpp>
#include <retrograde/adjoint/grazing.hpp>
#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/adjoint/set_result.hpp>
#include <retrograde/engine/machine.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/labelled_trials.hpp>

namespace retrograde {

// A heuristic, since a spike count has no gradient: strength * (mean spikes per trial of the batch -
// target) enters p_v at every spike of a neuron.
struct RateRegulariser {
  double strength = 0.0;  // 0: none
  double target = 0.0;    // spikes per trial
};

// The gradient of one trial, before any heuristic, of all neuron parameters and of V(0), along its
// tape in `network`.
struct TrialGradient {
  const Network& network;
  const Trial& trial;
  const Tape& tape;
  const LossValue& loss;
  const Gradient& gradient;
  const GrazingCounts& grazing;
};

// A synapse that a network does not have: between neurons of a projection, local to its populations.
struct Candidate {
  std::uint32_t projection, source, target;
  Time delay;  // ms
};

// What is asked of a source.
struct GradientOptions {
  RunOptions run = {};            // of every trial; its readout is the loss's
  std::uint32_t epoch = 0;        // 0-based; trials are taken as it shows them
  bool neuron_parameters = true;  // as BackwardOptions
  bool delays = true;             // whether dL/ddelay is asked for
  GrazingOptions grazing = {};
  RateRegulariser regulariser = {};
  std::size_t groups = 0;  // in which trials are summed (batch_groups.hpp); 0: as the network says
  // Synapses whose dL/dweight at weight 0 is asked for, too: what growing them would do at first.
  std::span<const Candidate> candidates = {};
  // The trials of the batch after this one, if it is known: a source may make them ahead.
  std::span<const std::uint32_t> next = {};
  // Called with the gradient of the k-th trial of the batch, from many threads, for self-checks;
  // none: such gradients are not made.
  std::function<void(std::size_t k, const TrialGradient&)> inspect = {};
};

// Reused from batch to batch.
struct BatchGradient {
  std::vector<double> sum;                               // over the trials, of dL/dparameter
  GradientLayout layout;                                 // of the sum
  std::vector<double> candidates;                        // the same of GradientOptions::candidates
  std::vector<TrialResult> results;                      // in the order of the batch
  std::vector<std::uint64_t> spikes;                     // per neuron, over the trials
  double forward_seconds = 0.0, backward_seconds = 0.0;  // never part of a result
};

class GradientSource {
 public:
  virtual ~GradientSource() = default;
  // Of the trials `batch` of `trials`, which is not empty; `result` is overwritten. Called from one
  // thread. Throws what runs and backward passes throw.
  virtual void make(const Network& network, const LabelledTrials& trials,
                    std::span<const std::uint32_t> batch, const Loss& loss,
                    const GradientOptions& options, BatchGradient& result) = 0;

  // What a source learns itself, beside the network (batch normalisation): one step down the
  // gradient of its last batch, at the learning rate of weights times `factor` and, if there is one,
  // with their momentum in place of its own; what a checkpoint has to keep of it; and the network
  // with it folded in, which is judged and deployed. A source that learns nothing itself has none.
  virtual void step(double /*factor*/, std::optional<double> /*momentum*/) {}
  virtual std::vector<double> state() const { return {}; }
  virtual void restore(std::span<const double> /*state*/) {}
  virtual Network folded(const Network& network) const { return network; }
};

}  // namespace retrograde
