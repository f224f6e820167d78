// How good a network is on a set of trials, on any machine: forward passes only.
#pragma once

#include <cstddef>
#include <functional>

#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/adjoint/set_result.hpp>
#include <retrograde/engine/machine.hpp>
#include <retrograde/engine/trial/labelled_trials.hpp>

namespace retrograde {

// The whole set, in parallel; the sums do not depend on the number of threads. `progress` is called
// now and then with the trials done; false stops, and the result is of those. `each` is told of every
// trial and its tape, in order. Throws what runs throw.
SetResult evaluate(
    const Machine& machine, const LabelledTrials& trials, const Loss& loss, RunOptions options = {},
    const std::function<bool(std::size_t done)>& progress = {},
    const std::function<void(std::size_t trial, const TrialResult&, const Tape&)>& each = {});

}  // namespace retrograde
