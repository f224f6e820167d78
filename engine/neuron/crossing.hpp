// The next spike of a cuba_lif neuron without further arrivals: never missed, never invented.
//
// V between two arrivals is a constant plus two exponentials, so dV/dt has at most one zero and
// whether V reaches the threshold is decided in closed form before any root is searched:
//   rising, maximum ahead inside the horizon
//       crosses iff V at the maximum >= v_threshold, left of the maximum
//   rising, no maximum inside the horizon
//       crosses iff V at the horizon >= v_threshold
//   falling, minimum ahead
//       V rises towards bias afterwards: crosses iff V at the horizon >= v_threshold
//   falling, no minimum ahead
//       V falls for ever
//
// At the maximum dV/dt = 0, hence V = bias + I there: one log1p and one exp decide. A decision that
// falls within rounding error of the threshold is no decision. For a state whose doubles are exact
// (next_crossing) it is taken again in 113 bits, as is a root that rounding would blur; for one that
// carries the errors of a run (find_crossing) it is left to whoever knows the arrivals
// (engine/exact/arbiter.hpp).
//
// The root is found by Newton's iteration in a bracket. Left of a maximum V is concave, so Newton
// climbs from the left without overshooting; near grazing it starts from the parabola through the
// maximum.
#pragma once

#include <cmath>

#include <retrograde/engine/neuron/cuba_lif.hpp>

namespace retrograde {

// Smallest s in [0, horizon] at which V reaches v_threshold from below, starting from `x` at s = 0;
// `never` if there is none. V above the threshold is taken for rounding and for V at the threshold,
// which counts as a crossing at s = 0 exactly if V rises from there. horizon >= 0, may be infinite.
Time next_crossing(const CubaLif& neuron, const MembraneState& x, Time horizon) noexcept;

struct Crossing {
  Time at = never;
  double slope = 0.0;   // dV/dt there (1/ms): V off by e moves the crossing by e / slope
  double noise = 0.0;   // of V there, as it is evaluated
  bool certain = true;  // false: `error` does not tell whether there is one; `at` says nothing
};

// The same from a state of which neither V nor I is further than `error` from the true one.
Crossing find_crossing(const CubaLif& neuron, const MembraneState& x, Time horizon,
                       double error) noexcept;

// When V has its extremum, s >= 0 from x on; never if it has none ahead.
Time extremum_time(const CubaLif& neuron, const MembraneState& x) noexcept;

// The cheap half of the decision: true if V provably stays below v_threshold for ever, V and I being
// up to `error` off. No elementary function is called.
inline bool cannot_spike(const CubaLif& n, const MembraneState& x, double error = 0.0) noexcept {
  if (n.bias >= n.v_threshold) return false;
  const double rest = x.v - n.bias;
  // It falls now, by more than these sums are rounded, and bias is below the threshold.
  const double rounding =
      1e-15 * (std::fabs(x.v) + std::fabs(n.bias) + std::fabs(x.i)) + 2.0 * error;
  if (x.v < n.v_threshold && x.i < rest - rounding) return true;
  // V(s) <= bias + max(V0 - bias, 0) + max(I0, 0) max K, with room for rounding
  const double bound = (rest > 0.0 ? rest : 0.0) + (x.i > 0.0 ? x.i : 0.0) * n.peak;
  return bound + 2.0 * error < (n.v_threshold - n.bias) * (1.0 - 1e-12);
}

}  // namespace retrograde
