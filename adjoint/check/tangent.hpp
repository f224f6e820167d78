// The derivative of a loss along one direction, forward in time: a second way to every gradient,
// with nothing in common with the backward pass but the equations of the neurons.
//
// A run is replayed along its tape on numbers with a derivative. Times are such numbers too: the
// derivative of a spike time follows from gap(x(t), parameters) = 0, dt = -dgap/slope, an arrival
// comes its delay later, and a stretch between two events is as long as their difference. One
// direction costs about one run; a gradient of P parameters costs P of them, which is why training
// goes backward (forward-mode sensitivities: Griewank & Walther, Evaluating Derivatives, 2008).
#pragma once

#include <span>

#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/readout.hpp>
#include <retrograde/engine/trial/tape.hpp>

namespace retrograde {

// A direction in the space of parameters, input times and payloads.
struct Variation {
  std::span<const double> parameters;           // in the layout of Network::parameters()
  std::span<const double> input_times;          // per input spike, or empty: they stay
  std::span<const double> input_payloads = {};  // likewise, for a graded trial
};

// dL along `variation` for the trial that left `tape`, where `loss` is the loss of that tape and
// `readout` the one it was run with.
double tangent(const Network& network, const Tape& tape, const LossValue& loss,
               const Readout& readout, const Variation& variation);

}  // namespace retrograde
