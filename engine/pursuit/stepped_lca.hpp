// The locally competitive algorithm (event_lca.hpp) by a clock, in Euler steps, of one layer or two, with
// messages that arrive at once or, as on chips, a step late: what is customary (Rozell et al. 2008;
// the layers of lca-pytorch), what events are measured against, and what the chip's integers stand for. Of one
// layer,
//
//   v := (1 - h) v + h (D^T x - (D^T D - 1) a)          a = shrunk(v)                 (penalty.hpp)
//
// or of two, of which the second holds what the code has not explained yet,
//
//   v := (1 - h) v + h (D^T s + a)        r := r + x - D a;  s = r and r := 0 where |r| > spike_height
//
// h is the step over the time constant. A neuron that sends in step n sends the code of the voltage
// after step n - 1; with `delayed`, as on chips, it arrives in step n + 1, otherwise in step n. One's
// own code in two layers (+ a) needs no message and is never late. At rest the code is the optimum, for
// any h; without delay one layer gets there if h < 2 / (largest eigenvalue of D^T D), or 2 where that
// is below 1.
//
// Reference for both forms with delay: lava-nc/lava-optimization 39ab7011 (solvers/lca, floating
// point), whose published digits tests/golden/lca_example reproduces.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include <retrograde/engine/pursuit/problem.hpp>

namespace retrograde {

// What neurons do to each other: -(D^T D - 1) a. Of a dense dictionary by its Gram matrix and the
// coefficients that are not 0.
class LcaCompetition {
 public:
  explicit LcaCompetition(const Dictionary& dictionary);  // which outlives it
  Vector operator()(const Vector& code) const;

 private:
  const Dictionary* dictionary_;
  std::optional<Matrix> gram_;  // less 1
};

struct SteppedLcaOptions {
  double step = 1.0 / 128;  // h, above 0 and at most 1
  std::uint32_t steps = 1024;
  bool two_layers = false;
  double spike_height = 0.0;  // of two layers
  bool delayed = true;
};

struct SteppedLcaResult {
  Vector code;       // as sent in the last step; 0 without any
  Vector potential;  // v after it
};

// What was sent in step k, counted from 0.
using SteppedLcaObserver = std::function<void(std::uint32_t, const Vector&)>;

// The network of one problem, of any penalty; immutable, many threads may run signals on it. The problem
// outlives it.
class SteppedLca {
 public:
  // Throws UsageError for options out of range.
  SteppedLca(const PursuitProblem& problem, const SteppedLcaOptions& options);
  // From silence. O(steps x atoms x active coefficients) of one layer, O(steps x atoms x dimension)
  // of two. Throws UsageError for a signal that does not fit.
  SteppedLcaResult run(const Vector& signal, const SteppedLcaObserver& observer = {}) const;

 private:
  const PursuitProblem* problem_;
  SteppedLcaOptions options_;
  LcaCompetition competition_;
};

// Of one signal.
SteppedLcaResult stepped_lca(const PursuitProblem& problem, const Vector& signal,
                             const SteppedLcaOptions& options = {},
                             const SteppedLcaObserver& observer = {});

// The voltages of the equation itself, tau du/dt = -u + D^T x - (D^T D - 1) a, after `time` time
// constants from silence, by Heun's method in `steps` steps, whose error goes with the square of a
// step. The same errors.
Vector lca_flow(const PursuitProblem& problem, const Vector& signal, double time,
                std::uint32_t steps);

}  // namespace retrograde
