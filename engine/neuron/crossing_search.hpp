// How crossing.hpp finds the next spike, in doubles; a `State` says what these doubles are worth, and
// with that what is close to the threshold. Compiled for the GPU too (engine/device).
#pragma once

#include <cmath>
#include <cstdint>

#include <retrograde/engine/neuron/crossing.hpp>
#include <retrograde/engine/neuron/cuba_lif.hpp>
#include <retrograde/events/host_device.hpp>

namespace retrograde::crossing {

// tau_mem dV/dt = bias - V + I, with the sign of the exact sum (TwoSum, Knuth): an arrival at the
// threshold or near equilibrium must not turn a fall into a rise.
RETROGRADE_HOST_DEVICE inline double drive(const CubaLif& n, const MembraneState& x) {
  double sum = n.bias, errors = 0.0;
  const double terms[] = {-x.v, x.i};
  for (const double term : terms) {
    const double next = sum + term, part = next - sum;
    errors += (sum - (next - part)) + (term - part);
    sum = next;
  }
  return sum + errors;
}

enum class Answer : std::uint8_t { no, yes, unknown };

// Of a state that is `error` off at most: the flow of (V, I) is a contraction in the larger of the
// two (V follows bias + I), so V is never further off later. What the evaluation itself rounds
// stays below 1e-14 of its terms.
struct RoundedState {
  static constexpr bool rounded = true;
  double error = 0.0;

  // Whether V reaches the threshold at its maximum, or after s ms, where it is `value` as computed.
  RETROGRADE_HOST_DEVICE Answer at_maximum(const CubaLif& n, const MembraneState&, double value,
                                           double magnitude) const {
    const double margin = value - n.v_threshold;
    if (!(std::fabs(margin) > error + 1e-14 * magnitude)) return Answer::unknown;
    return margin > 0.0 ? Answer::yes : Answer::no;
  }
  RETROGRADE_HOST_DEVICE Answer after(Time, const CubaLif& n, const MembraneState& x, double value,
                                      double magnitude) const {
    return at_maximum(n, x, value, magnitude);
  }
  // The root between low and high, where doubles blur it.
  RETROGRADE_HOST_DEVICE static double root(const CubaLif&, const MembraneState&, double, double,
                                            const Crossing& found) {
    return found.at;
  }
};

// The zero of dV/dt: slope e^(-a s) = a b I0 K(s)/a, solved by s = -log1p(-q (b - a)) / (b - a).
// 1 - q (b - a) = (a I0 + (V0 - bias) (b - a)) / (b I0) keeps its digits where it is small.
RETROGRADE_HOST_DEVICE inline double extremum_of(const CubaLif& n, const MembraneState& x,
                                                 double slope) {
  if (x.i == 0.0) return never;
  const double gap = n.rate_syn - n.rate_mem;
  const double q = slope / (n.rate_mem * n.rate_syn * x.i);
  if (!(q >= 0.0)) return never;
  const double r = q * gap;
  if (r <= 0.5) return gap == 0.0 ? q : -std::log1p(-r) / gap;
  const double left = (n.rate_mem * x.i + (x.v - n.bias) * gap) / (n.rate_syn * x.i);
  return left > 0.0 ? -std::log(left) / gap : never;
}

// V(low) < v_threshold <= V(high), V increasing in between: the root, and the slope there.
RETROGRADE_HOST_DEVICE inline Crossing root_between(const CubaLif& n, const MembraneState& x,
                                                    double low, double high, double start,
                                                    double noise, double magnitude) {
  double s = std::fmin(std::fmax(start, low), high);
  double last_step = high - low, last_f = never, df = 0.0;
  for (int iteration = 0; iteration < 300; ++iteration) {
    const MembraneState at = n.flow(x, s);
    const double f = at.v - n.v_threshold;
    df = n.slope(at);
    if (f == 0.0) break;
    (f < 0.0 ? low : high) = s;
    double next = s - f / df;
    double step = std::fabs(next - s);
    // Newton at least halves f and its steps once it converges; if not, f is rounding noise (next
    // to a grazing maximum) and s is as good as any, or the slope is (very different time
    // constants), or Newton left the bracket: then halve.
    const bool inside = next > low && next < high;
    const bool stalled = !inside || step >= last_step || std::fabs(f) > 0.5 * last_f ||
                         (step <= 2e-16 * s && std::fabs(f) > 1e-14 * noise);
    if (stalled && std::fabs(f) <= 1e-15 * noise) break;
    if (stalled) {
      next = low + 0.5 * (high - low);
      step = std::fabs(next - s);
    }
    if (step <= 2e-16 * next || high - low <= 2e-16 * high) {
      s = next;
      break;
    }
    last_step = step;
    last_f = std::fabs(f);
    s = next;
  }
  return {s, std::fmax(df, 0.0), 16.0 * 0x1p-53 * magnitude, true};
}

// The decision of crossing.hpp, then the root. `state` decides what is close to the threshold.
template <typename State>
RETROGRADE_HOST_DEVICE Crossing seek(const CubaLif& n, const MembraneState& x0, Time horizon,
                                     const State& state) {
  const Crossing none{}, doubt{never, 0.0, 0.0, false};
  const double threshold = n.v_threshold;
  MembraneState x = x0;
  x.v = std::fmin(x.v, threshold);  // above it only by rounding
  const double drift = drive(n, x), slope = n.rate_mem * drift;
  // Of the terms of V, and of those of its maximum bias + I: how large rounding errors may be.
  const double noise = std::fabs(x.v) + std::fabs(n.bias) + std::fabs(x.i) * n.peak + threshold;
  const double magnitude = noise + std::fabs(x.i);
  // At the threshold it matters whether V rises.
  if (State::rounded && !(x.v < threshold - 2.0 * state.error) &&
      std::fabs(drift) <= 2.0 * state.error + 1e-15 * magnitude)
    return doubt;
  // Which side of the threshold V comes to rest on, if on any: the sign of I decides.
  if (State::rounded && x.i != 0.0 && std::fabs(x.i) <= 2.0 * state.error &&
      std::fabs(n.bias - threshold) <= 2.0 * state.error)
    return doubt;
  if (x.v == threshold && slope > 0.0) return {0.0, slope, 0.0, true};
  if (n.bias <= threshold && slope <= 0.0) return none;  // falls, then at most rises towards bias

  const double extremum = extremum_of(n, x, slope);
  double low = 0.0, high = horizon, start = 0.0;
  if (slope > 0.0) {
    if (extremum <= horizon && extremum != never) {
      const double top = n.bias + x.i * std::exp(-n.rate_syn * extremum);
      const Answer crosses = state.at_maximum(n, x, top, magnitude);
      if (crosses != Answer::yes) return crosses == Answer::no ? none : doubt;
      high = extremum;
      // d2V/ds2 at the maximum is -b a I; V* - threshold = |V''| ds^2 / 2 nearby.
      const double curvature = n.rate_mem * n.rate_syn * (top - n.bias);
      const double guess = extremum - std::sqrt(2.0 * std::fmax(top - threshold, 0.0) / curvature);
      if (guess > 0.0) start = guess;
    } else if (n.bias <= threshold && extremum == never) {
      return none;  // rises towards bias, from below, for ever
    }
  } else {
    // Falls (or rests) with bias >= threshold: up again after the minimum, if there is one.
    if (extremum == never || extremum >= horizon) return none;
    low = start = extremum;
  }
  if (high == never) {
    // Only a bias above the threshold leads here: find an end by doubling.
    high = std::fmax(low, n.tau_mem + n.tau_syn);
    while (n.flow(x, high).v < threshold) {
      high *= 2.0;
      if (high > 1e300) return none;
    }
  } else if (high == horizon && high != extremum) {
    const double end = n.flow(x, horizon).v;
    const Answer crosses = state.after(horizon, n, x, end, magnitude);
    if (crosses != Answer::yes) return crosses == Answer::no ? none : doubt;
  }
  Crossing root = root_between(n, x, low, high, start, noise, magnitude);
  root.at = state.root(n, x, low, high, root);
  return root;
}

}  // namespace retrograde::crossing
