// The locally competitive algorithm (event_lca.hpp) in steps as chips take them, with messages that
// arrive a step late, of one layer or two: what the chip's integers are held against. euler_lca.hpp has
// the steps of one layer without delay, until a residual is small. Of one layer,
//
//   v := (1 - h) v + h (D^T x - (D^T D - 1) a)          a = shrunk(v)                 (penalty.hpp)
//
// or of two, of which the second holds what the code has not explained yet,
//
//   v := (1 - h) v + h (D^T s + a)        r := r + x - D a;  s = r and r := 0 where |r| > spike_height
//
// h is the step over the time constant. A neuron that sends in step n sends the code of the voltage
// after step n - 1; with `delayed`, as on chips, it arrives in step n + 1, otherwise in step n. One's
// own code in two layers (+ a) needs no message and is never late.
//
// Reference for both forms with delay: lava-nc/lava-optimization 39ab7011 (solvers/lca, floating
// point), whose published digits tests/golden/lca_example reproduces.
#pragma once

#include <cstdint>
#include <functional>

#include <retrograde/engine/pursuit/problem.hpp>

namespace retrograde {

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

// From silence. Any penalty. O(steps x atoms x active coefficients) of one layer, O(steps x atoms x
// dimension) of two. Throws UsageError for options out of range and a signal that does not fit.
SteppedLcaResult stepped_lca(const PursuitProblem& problem, const Vector& signal,
                             const SteppedLcaOptions& options = {},
                             const SteppedLcaObserver& observer = {});

// The voltages of the equation itself, tau du/dt = -u + D^T x - (D^T D - 1) a, after `time` time
// constants from silence, by Heun's method in `steps` steps, whose error goes with the square of a
// step. The same errors.
Vector lca_flow(const PursuitProblem& problem, const Vector& signal, double time,
                std::uint32_t steps);

}  // namespace retrograde
