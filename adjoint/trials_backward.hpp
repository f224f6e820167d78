// The way back of many trials at once, whose tapes and losses are there already: for losses that a
// caller has evaluated, and for the derivatives by what goes into each trial, which a batch in training
// (batch_pass.hpp) does without.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include <retrograde/adjoint/backward.hpp>
#include <retrograde/adjoint/gradient.hpp>
#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/engine/machine.hpp>

namespace retrograde {

struct TrialsGradient {
  GradientLayout layout;
  std::vector<double> sum;  // over the trials, of dL/dparameter
  // Per trial, as Gradient has them; initial_v is empty unless it is asked for.
  std::vector<std::vector<double>> input_times, input_payloads, initial_v;
  std::vector<BackwardStatistics> statistics;
};

// Tapes are of machine.network() and were run with `readout`; `losses` belong to them. Trials are
// summed in the groups of batch_groups.hpp, so that the sum has the bits of TapeGradients and does not
// depend on threads. Throws what `backward` throws, and Interrupted when `progress`, which many threads
// call before each trial, says so; it may be empty.
TrialsGradient backward_all(const Machine& machine, std::span<const Tape> tapes,
                            std::span<const LossValue> losses, const Readout& readout,
                            const BackwardOptions& options, bool initial_v,
                            const std::function<bool(Time)>& progress = {});

}  // namespace retrograde
