// What trials say when they are run and judged by a loss, one by one and summed over a set.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <retrograde/adjoint/grazing.hpp>
#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/readout.hpp>
#include <retrograde/engine/trial/tape.hpp>

namespace retrograde {

struct TrialResult {
  double loss = 0.0;
  int label = no_decision, decision = no_decision;
  std::uint64_t forward_deliveries = 0, backward_deliveries = 0;
  GrazingCounts grazing;  // of the way back

  bool labelled() const { return label != no_decision; }
  bool correct() const { return labelled() && decision == label; }
};

// Of a run without a way back.
TrialResult judged(const Network& network, const Tape& tape, const Loss& loss,
                   const LossValue& value, int label);

struct SetResult {
  std::uint64_t trials = 0, labelled = 0;
  double loss_sum = 0.0;
  std::uint64_t correct = 0;          // of the labelled ones
  std::vector<std::uint64_t> spikes;  // per neuron
  std::vector<std::uint64_t>
      confusion;  // rows are labels, columns decisions, the last one "none"; empty while training
  std::uint64_t forward_deliveries = 0, backward_deliveries = 0;
  // Of training only: what grazed; batches; neurons that were silent in all trials of a batch,
  // summed over batches; batches whose gradient was 0 in all that is learned.
  GrazingCounts grazing;
  std::uint64_t batches = 0, silent_in_batches = 0, zero_gradients = 0;
  // Of a structure that is learned, in training only: synapses that came and went.
  std::uint64_t removed = 0, grown = 0;

  SetResult() = default;
  explicit SetResult(const Network& network) : spikes(network.neuron_count(), 0) {}
  // In the order of trials: the sum of losses has rounding.
  void add(const TrialResult& result);
  void add_spikes(const Tape& tape);
  // Into the confusion, whose readout has so many classes; a label that is none of them has no row.
  void count_decision(std::uint32_t classes, const TrialResult& result);

  double loss() const { return trials ? loss_sum / static_cast<double>(trials) : 0.0; }
  // None: no trial has a label.
  std::optional<double> accuracy() const {
    if (labelled == 0) return std::nullopt;
    return static_cast<double>(correct) / static_cast<double>(labelled);
  }
};

// Mean spikes per trial and neuron over the spiking neurons (inputs and readouts left out), how
// many of them never fired, and the populations of which none did.
struct Activity {
  double spikes_per_neuron = 0.0;
  std::uint64_t silent = 0, neurons = 0;
  std::vector<std::uint32_t> silent_populations;
};
Activity activity(const Network& network, const SetResult& result);

}  // namespace retrograde
