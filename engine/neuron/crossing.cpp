#include <algorithm>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>

#include <retrograde/engine/neuron/crossing.hpp>

namespace retrograde {

namespace {

using Quad = boost::multiprecision::cpp_bin_float_quad;

// V(s) - v_threshold in 113 bits, from the doubles that define it.
Quad excess_quad(const CubaLif& n, const MembraneState& x, double s) {
  const Quad a = Quad(1) / n.tau_mem, b = Quad(1) / n.tau_syn, t = s;
  const Quad mem = exp(-a * t);
  const Quad kernel =
      n.tau_mem == n.tau_syn ? Quad(a * t * mem) : Quad(a * (mem - exp(-b * t)) / (b - a));
  return n.bias + (Quad(x.v) - n.bias) * mem + x.i * kernel - n.v_threshold;
}

// The largest value of V, given that V rises now and has a maximum ahead.
Quad maximum_excess_quad(const CubaLif& n, const MembraneState& x) {
  const Quad a = Quad(1) / n.tau_mem, b = Quad(1) / n.tau_syn;
  const Quad q = (Quad(n.bias) - x.v + x.i) / (b * x.i);
  const Quad s = n.tau_mem == n.tau_syn ? q : Quad(-log1p(-q * (b - a)) / (b - a));
  return n.bias + x.i * exp(-b * s) - n.v_threshold;
}

// Is V(s) >= v_threshold? `value` is V(s) as computed in double. Noexcept callers: the quad type
// does not allocate.
template <typename Exact>
bool reaches(double value, double threshold, double magnitude, Exact exact) {
  const double margin = value - threshold;
  if (std::fabs(margin) > 1e-14 * magnitude) return margin > 0.0;
  return exact() >= 0;
}

}  // namespace

Time next_crossing(const CubaLif& n, const MembraneState& x0, Time horizon) noexcept {
  const double threshold = n.v_threshold;
  MembraneState x = x0;
  double slope = n.slope(x);
  if (x.v >= threshold) {
    if (slope > 0.0) return 0.0;
    x.v = threshold;  // at the threshold but for rounding, and not rising: no crossing here
    slope = n.slope(x);
  }
  if (n.bias <= threshold && slope <= 0.0) return never;  // falls, then at most rises towards bias

  // The zero of dV/dt: slope e^(-a s) = a b I0 K(s)/a, solved by s = -log1p(-q (b - a)) / (b - a).
  const double gap = n.rate_syn - n.rate_mem;
  double extremum = never;
  if (x.i != 0.0) {
    const double q = slope / (n.rate_mem * n.rate_syn * x.i);
    const double r = q * gap;
    if (q >= 0.0 && r < 1.0) extremum = gap == 0.0 ? q : -std::log1p(-r) / gap;
  }
  const double magnitude =
      std::fabs(x.v) + std::fabs(n.bias) + std::fabs(x.i) * (n.peak + 1.0) + threshold;

  double low = 0.0, high = horizon, start = 0.0;
  if (slope > 0.0) {
    if (extremum <= horizon) {
      const double top = n.bias + x.i * std::exp(-n.rate_syn * extremum);
      if (!reaches(top, threshold, magnitude, [&] { return maximum_excess_quad(n, x); }))
        return never;
      high = extremum;
      // d2V/ds2 at the maximum is -b a I; V* - threshold = |V''| ds^2 / 2 nearby.
      const double curvature = n.rate_mem * n.rate_syn * (top - n.bias);
      const double guess = extremum - std::sqrt(2.0 * std::fmax(top - threshold, 0.0) / curvature);
      if (guess > 0.0) start = guess;
    } else if (n.bias <= threshold && extremum == never) {
      return never;  // rises towards bias, from below, for ever
    }
  } else {
    // Falls (or rests) with bias >= threshold: up again after the minimum, if there is one.
    if (extremum == never || extremum >= horizon) return never;
    low = start = extremum;
  }
  if (high == never) {
    // Only a bias at or above the threshold, or a maximum at infinity, leads here: find an end by
    // doubling.
    high = std::fmax(low, n.tau_mem + n.tau_syn);
    while (n.flow(x, high).v < threshold) {
      high *= 2.0;
      if (high > 1e300) return never;
    }
  } else if (high == horizon && high != extremum) {
    const double end = n.flow(x, horizon).v;
    if (!reaches(end, threshold, magnitude, [&] { return excess_quad(n, x, horizon); }))
      return never;
  }

  // Bracket: V(low) < threshold <= V(high), V increasing in between.
  double s = std::clamp(start, low, high);
  double last_step = high - low;
  for (int iteration = 0; iteration < 200; ++iteration) {
    const MembraneState at = n.flow(x, s);
    const double f = at.v - threshold;
    if (f == 0.0) return s;
    (f < 0.0 ? low : high) = s;
    const double df = n.slope(at);
    double next = s - f / df;
    if (!(next > low && next < high)) {
      // Newton left the bracket. Where f is rounding noise (next to a grazing maximum) s is as good
      // as any, elsewhere halve.
      if (std::fabs(f) <= 1e-15 * magnitude) return s;
      next = low + 0.5 * (high - low);
    }
    const double step = std::fabs(next - s);
    if (step <= 2e-16 * next || high - low <= 2e-16 * high) return next;
    // Newton shrinks its steps at least by half once it converges; if not, f is rounding noise.
    if (step >= last_step && std::fabs(f) <= 4e-16 * magnitude) return s;
    last_step = step;
    s = next;
  }
  return s;
}

}  // namespace retrograde
