#include <algorithm>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>

#include <retrograde/engine/neuron/crossing.hpp>
#include <retrograde/engine/neuron/isolation.hpp>

namespace retrograde {

namespace {

using Quad = boost::multiprecision::cpp_bin_float_quad;

// tau_mem dV/dt = bias - V + I, with the sign of the exact sum (TwoSum, Knuth): an arrival at the
// threshold or near equilibrium must not turn a fall into a rise.
double drive(const CubaLif& n, const MembraneState& x) {
  const auto two_sum = [](double p, double q, double& error) {
    const double sum = p + q, part = sum - p;
    error = (p - (sum - part)) + (q - part);
    return sum;
  };
  double first, second;
  const double sum = two_sum(two_sum(n.bias, -x.v, first), x.i, second);
  return sum + (first + second);
}

// V(s) - v_threshold in 113 bits, from the doubles that define it.
Quad excess_quad(const CubaLif& n, const MembraneState& x, const Quad& t) {
  const Quad a = Quad(1) / n.tau_mem, b = Quad(1) / n.tau_syn;
  const Quad gap = abs(b - a), mem = exp(-a * t);
  const Quad slow = n.tau_mem > n.tau_syn ? mem : Quad(exp(-b * t));
  const Quad kernel = gap == 0 ? Quad(a * t * mem) : Quad(a * slow * -expm1(-gap * t) / gap);
  return n.bias + (Quad(x.v) - n.bias) * mem + x.i * kernel - n.v_threshold;
}

// A maximum of V - v_threshold that is 0 but for the rounding of 113 bits is 0: tau_mem = 2 tau_syn and
// one arrival of weight 4 reach a threshold of 1 exactly.
constexpr double tie = 0x1p-100;

// The largest value of V - v_threshold, given that V rises now and has a maximum ahead.
Quad maximum_excess_quad(const CubaLif& n, const MembraneState& x) {
  const Quad a = Quad(1) / n.tau_mem, b = Quad(1) / n.tau_syn, gap = b - a;
  const Quad q = (Quad(n.bias) - x.v + x.i) / (b * x.i), r = q * gap;
  Quad s = q;
  if (r > 0.5) {
    const Quad left = (a * x.i + (Quad(x.v) - n.bias) * gap) / (b * x.i);
    if (left <= 0) return Quad(n.bias) - n.v_threshold;
    s = -log(left) / gap;
  } else if (gap != 0) {
    s = -log1p(-r) / gap;
  }
  // Both terms carry the result: bias - v_threshold first, which is exact where they are equal.
  const Quad below = Quad(n.bias) - n.v_threshold, above = x.i * exp(-b * s);
  const Quad excess = below + above;
  return abs(excess) <= tie * (abs(below) + abs(above)) ? Quad(0) : excess;
}

enum class Answer { no, yes, unknown };

// Is V >= v_threshold? Of a state whose doubles are exact; `value` is V as computed in double.
// Noexcept callers: the quad type does not allocate.
struct ExactState {
  static constexpr bool rounded = false;
  double error = 0.0;
  template <typename Exact>
  Answer reaches(double value, double threshold, double magnitude, const Exact& exact) const {
    const double margin = value - threshold;
    if (std::fabs(margin) > 1e-14 * magnitude) return margin > 0.0 ? Answer::yes : Answer::no;
    return exact() >= 0 ? Answer::yes : Answer::no;
  }
};

// Of a state that is `error` off at most: the flow of (V, I) is a contraction in the larger of the
// two (V follows bias + I), so V is never further off later. What the evaluation itself rounds
// stays below 1e-14 of its terms.
struct RoundedState {
  static constexpr bool rounded = true;
  double error = 0.0;
  template <typename Exact>
  Answer reaches(double value, double threshold, double magnitude, const Exact&) const {
    const double margin = value - threshold;
    if (!(std::fabs(margin) > error + 1e-14 * magnitude)) return Answer::unknown;
    return margin > 0.0 ? Answer::yes : Answer::no;
  }
};

// The zero of dV/dt: slope e^(-a s) = a b I0 K(s)/a, solved by s = -log1p(-q (b - a)) / (b - a).
// 1 - q (b - a) = (a I0 + (V0 - bias) (b - a)) / (b I0) keeps its digits where it is small.
double extremum_of(const CubaLif& n, const MembraneState& x, double slope) {
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
Crossing root_between(const CubaLif& n, const MembraneState& x, double low, double high,
                      double start, double noise, double magnitude) {
  double s = std::clamp(start, low, high);
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

// The root between low and high in 113 bits.
double root_quad(const CubaLif& n, const MembraneState& x, double low, double high) {
  const auto excess = [&](const Quad& s) { return excess_quad(n, x, s); };
  const Quad at_low = excess(low), at_high = excess(high);
  if (at_low >= 0) return low;
  if (at_high <= 0) return high;  // but for rounding it is the root
  return static_cast<double>(
      detail::bracketed_zero<Quad>(excess, Quad(low), Quad(high), at_low, at_high));
}

// Rounding of V that moves the root of an exact state by more (ms) is not put up with.
constexpr double blurred = 0x1p-26;

// The decision of crossing.hpp, then the root. `state` decides what is close to the threshold.
template <typename State>
Crossing seek(const CubaLif& n, const MembraneState& x0, Time horizon, const State& state) {
  constexpr Crossing none{}, doubt{never, 0.0, 0.0, false};
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
      const Answer crosses =
          state.reaches(top, threshold, magnitude, [&] { return maximum_excess_quad(n, x); });
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
    const Answer crosses =
        state.reaches(end, threshold, magnitude, [&] { return excess_quad(n, x, horizon); });
    if (crosses != Answer::yes) return crosses == Answer::no ? none : doubt;
  }
  Crossing root = root_between(n, x, low, high, start, noise, magnitude);
  if (!State::rounded && root.noise > blurred * root.slope) root.at = root_quad(n, x, low, high);
  return root;
}

}  // namespace

Time extremum_time(const CubaLif& n, const MembraneState& x) noexcept {
  return extremum_of(n, x, n.rate_mem * drive(n, x));
}

Time next_crossing(const CubaLif& n, const MembraneState& x, Time horizon) noexcept {
  return seek(n, x, horizon, ExactState{}).at;
}

Crossing find_crossing(const CubaLif& n, const MembraneState& x, Time horizon,
                       double error) noexcept {
  return seek(n, x, horizon, RoundedState{error});
}

}  // namespace retrograde
