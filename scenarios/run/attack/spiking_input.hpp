// A trial as the input of an attack: the times of its input spikes (ms), in the order of the trial.
//
// Spikes may pass each other: the trial that is run has them sorted, and gradients go back to the
// places they came from. Nobody's spikes come or go; a neuron may have two at one instant.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <retrograde/adjoint/attack/attack.hpp>
#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/engine/machine.hpp>
#include <retrograde/engine/trial/trial.hpp>

namespace retrograde {

std::vector<double> input_times(const Trial& trial);

// The trial with its inputs at these times, sorted; source[k] is where its k-th input stood.
struct MovedTrial {
  Trial trial;
  std::vector<std::size_t> source;
};
MovedTrial moved(const Trial& trial, std::span<const double> times);

// The latest time at which a spike of the trial may come: it is before the end.
double latest_input(Time duration);

// One run there and back: the margin (decision_margin.hpp) and dmargin/dt of each input.
AttackPoint margin_of(const Machine& machine, const Trial& trial, std::span<const double> times,
                      const Loss& margin, int label, const RunOptions& options);

}  // namespace retrograde
