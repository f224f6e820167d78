// The backward pass of a trial, by the scheduler that fits; the mirror of engine/machine.hpp.
#pragma once

#include <cstdint>
#include <span>

#include <retrograde/adjoint/gradient.hpp>
#include <retrograde/adjoint/grazing.hpp>
#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/engine/machine.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/tape.hpp>

namespace retrograde {

struct BackwardOptions {
  // Gradients of tau_mem, tau_syn and bias; without them the pass is three to four times
  // as fast.
  bool neuron_parameters = true;
  // Added to p_v at every spike of a neuron: the rate regulariser, a heuristic (a spike count has
  // no gradient). Per neuron, or empty.
  std::span<const double> spike_kick;
  GrazingOptions grazing = {};
  Scheduler scheduler = Scheduler::automatic;
};

struct BackwardStatistics {
  std::uint64_t deliveries = 0;
  GrazingCounts grazing;
};

// Adds dL/dparameters of one trial to gradient.parameters (which has the network's layout) and sets
// gradient.input_times, and gradient.initial_v unless it is empty (with neuron_parameters).
// `readout` is the one that the tape was run with; which scheduler left the tape does not matter.
// Throws NumericalError if the grazing policy says so or a gradient is not finite, NetworkError for
// a scheduler that cannot run the network.
BackwardStatistics backward(const Network& network, const Tape& tape, const LossValue& loss,
                            const Readout& readout, const BackwardOptions& options,
                            Gradient& gradient);

}  // namespace retrograde
