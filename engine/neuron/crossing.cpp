#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>

#include <retrograde/engine/neuron/crossing.hpp>
#include <retrograde/engine/neuron/crossing_search.hpp>
#include <retrograde/engine/neuron/isolation.hpp>

namespace retrograde {

namespace {

using crossing::Answer;
using Quad = boost::multiprecision::cpp_bin_float_quad;

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

// A state whose doubles are exact. Noexcept callers: the quad type does not allocate.
struct ExactState {
  static constexpr bool rounded = false;
  double error = 0.0;

  Answer at_maximum(const CubaLif& n, const MembraneState& x, double value,
                    double magnitude) const {
    return reaches(n, value, magnitude, [&] { return maximum_excess_quad(n, x); });
  }
  Answer after(Time s, const CubaLif& n, const MembraneState& x, double value,
               double magnitude) const {
    return reaches(n, value, magnitude, [&] { return excess_quad(n, x, s); });
  }
  static double root(const CubaLif& n, const MembraneState& x, double low, double high,
                     const Crossing& found) {
    return found.noise > blurred * found.slope ? root_quad(n, x, low, high) : found.at;
  }

 private:
  // Is V >= v_threshold? `value` is V as computed in double.
  template <typename Exact>
  static Answer reaches(const CubaLif& n, double value, double magnitude, const Exact& exact) {
    const double margin = value - n.v_threshold;
    if (std::fabs(margin) > 1e-14 * magnitude) return margin > 0.0 ? Answer::yes : Answer::no;
    return exact() >= 0 ? Answer::yes : Answer::no;
  }
};

}  // namespace

Time extremum_time(const CubaLif& n, const MembraneState& x) noexcept {
  return crossing::extremum_of(n, x, n.rate_mem * crossing::drive(n, x));
}

Time next_crossing(const CubaLif& n, const MembraneState& x, Time horizon) noexcept {
  return crossing::seek(n, x, horizon, ExactState{}).at;
}

Crossing find_crossing(const CubaLif& n, const MembraneState& x, Time horizon,
                       double error) noexcept {
  return crossing::seek(n, x, horizon, crossing::RoundedState{error});
}

}  // namespace retrograde
