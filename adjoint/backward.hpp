// The backward pass of a trial, the mirror of engine/machine.hpp: the machine that can run a trial
// says which way back fits. The windowed one goes back in windows, over the same plan; all others
// event by event.
#pragma once

#include <cstdint>
#include <span>

#include <retrograde/adjoint/gradient.hpp>
#include <retrograde/adjoint/grazing.hpp>
#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/engine/machine.hpp>
#include <retrograde/engine/trial/tape.hpp>

namespace retrograde {

struct BackwardOptions {
  // Gradients of the costly parameters too (time constants, bias; engine/parameters.hpp);
  // without them the pass is three to four times as fast.
  bool neuron_parameters = true;
  // Added to p_v at every spike of a neuron: the rate regulariser, a heuristic (a spike count has
  // no gradient). Per neuron, or empty.
  std::span<const double> spike_kick;
  GrazingOptions grazing = {};
};

struct BackwardStatistics {
  std::uint64_t deliveries = 0;
  GrazingCounts grazing;
};

// Adds dL/dparameters of one trial to gradient.parameters (which has gradient.layout, of the network
// and with or without delays) and sets gradient.input_times, and gradient.initial_v unless it is empty (with neuron_parameters).
// The tape is one of machine.network(), whichever machine left it; `readout` is the one that it was
// run with. Many threads may go back on one machine. Throws NumericalError if the grazing policy
// says so or a gradient is not finite, NetworkError for a trial that the machine cannot do.
BackwardStatistics backward(const Machine& machine, const Tape& tape, const LossValue& loss,
                            const Readout& readout, const BackwardOptions& options,
                            Gradient& gradient);

}  // namespace retrograde
