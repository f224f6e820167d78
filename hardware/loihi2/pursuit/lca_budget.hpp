// Why the code of the chip is not the optimum: what each step on the way from the problem to the
// chip's integers costs, by switching them on one after the other and one at a time.
//
//   optimum   the least objective (FISTA)
//   time      the equation of the LCA itself, stopped when the run ends: not at rest yet
//   steps     in steps, with messages that arrive one step late; real numbers
//   weights   steps, with the weights as the chip stores them
//   states    steps, with v, messages, lambda and signal in integers and registers that saturate, and
//             real weights
//   chip      both: bit for bit what the emulator does
//
// `time` less the optimum is want of convergence, `steps` less `time` the size of the step and the
// latency, `weights` and `states` less `steps` the roundings. The last two do not add up to `chip`.
#pragma once

#include <cstdint>

#include <retrograde/hardware/loihi2/pursuit/chip_lca.hpp>

namespace retrograde::loihi2 {

struct LcaApproximation {
  bool weights = false, states = false;
};

// The run of `options` with real numbers where no approximation is asked for. With both it is what
// run(put_on_chip(...)) has as code, to the bit. The code is that of the last step. Throws as put_on_chip
// does. O(steps x synapses of what is sent).
Vector approximate_lca(const PursuitProblem& problem, const Vector& signal,
                       const ChipLcaOptions& options, const LcaApproximation& approximation);

struct LcaBudgetEntry {
  Vector code;
  double objective = 0.0;
  std::uint32_t zeros = 0;
  double from_optimum = 0.0;  // |a - a_optimum| / |a_optimum|
  double from_steps = 0.0;    // |a - a_steps| / |a_optimum|
};

struct LcaBudget {
  double scale = 1.0;
  LcaBudgetEntry optimum, time, steps, weights, states, chip;
};

// Throws as put_on_chip does, and NumericalError where the optimum is not found. A signal whose optimum
// is 0 has distances that are not divided. Seconds for 784 x 784 and 1,024 steps.
LcaBudget lca_budget(const PursuitProblem& problem, const Vector& signal,
                     const ChipLcaOptions& options);

}  // namespace retrograde::loihi2
