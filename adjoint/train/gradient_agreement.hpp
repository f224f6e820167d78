// Surrogate gradients held against exact ones: of the same network and trials, group by group of
// what is learned (learned_groups.hpp), the cosine between the two and the ratio of their norms.
//
// Delays are whole steps for both, so that both see the same network but for its time: exact, or in
// steps. Where a kernel of taps stands for a delay, it is the narrowest, that training ends with;
// nothing is normalised.
// Everything is summed over the trials, before any heuristic.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/adjoint/stepped/stepped_spec.hpp>
#include <retrograde/adjoint/train/learning.hpp>
#include <retrograde/engine/machine.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/engine/trial/labelled_trials.hpp>

namespace retrograde {

struct GroupAgreement {
  ParameterKind kind = ParameterKind::weight;
  std::string where;       // projection or population
  std::size_t values = 0;  // that are learned
  double exact_norm = 0.0, surrogate_norm = 0.0;
  double cosine = 0.0;  // not-a-number where one of the two is 0

  double ratio() const { return surrogate_norm / exact_norm; }  // likewise not finite
};

struct GradientAgreement {
  std::size_t trials = 0;
  double exact_loss = 0.0, surrogate_loss = 0.0;      // means
  double exact_spikes = 0.0, surrogate_spikes = 0.0;  // per neuron that fires and trial, means
  std::vector<GroupAgreement> groups;
};

// The network with every delay of a synapse such that all of it, from spike to arrival, is a whole
// number of steps; no shorter than what its neurons say.
Network with_whole_delays(const Network& network, Time step);

// Of the trials `batch` of `trials`, which is not empty. Throws what both sources throw: NetworkError
// for a model without one of the two gradients.
GradientAgreement compare_gradients(const Network& network, const Learning& learning,
                                    const LabelledTrials& trials,
                                    std::span<const std::uint32_t> batch, const Loss& loss,
                                    const SteppedSpec& spec, Scheduler scheduler,
                                    const RunOptions& run);

}  // namespace retrograde
