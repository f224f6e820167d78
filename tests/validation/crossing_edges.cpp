// Crossings where a decision is easiest to get wrong, against 50-digit arithmetic: horizons a
// rounding before and after the crossing, states at the threshold, biases at the threshold, time
// constants up to 18 decades apart. No case is excused: the doubles given define the question, and
// the answer must be the exact one.
//
// Reference: V and its only extremum in 50 digits from the equations in engine/neuron/cuba_lif.hpp;
// V reaches the threshold iff it does so at the end of the stretch on which it rises.
#include <algorithm>
#include <atomic>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include <retrograde/engine/neuron/crossing.hpp>
#include <retrograde/engine/parallel.hpp>

using namespace retrograde;

namespace {

using Wide = boost::multiprecision::cpp_bin_float_50;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(NDEBUG)
constexpr std::size_t cases = 10000;
#else
constexpr std::size_t cases = 200000;
#endif
constexpr std::size_t stretch = 1000;  // cases per task

struct Case {
  CubaLif n;
  MembraneState x;
  Time horizon;
};

struct Truth {
  bool exists;
  Wide margin;                           // by which V reaches the threshold or falls short
  Wide excess_at_found, slope_at_found;  // where next_crossing put it
};

Truth truth(const Case& c, Time found) {
  const Wide a = Wide(1) / c.n.tau_mem, b = Wide(1) / c.n.tau_syn, gap = b - a;
  // V above the threshold is taken for V at it: the contract of next_crossing.
  const Wide rest = Wide(std::fmin(c.x.v, c.n.v_threshold)) - c.n.bias, i = c.x.i;
  const auto chain = [&](const Wide& s) {
    const Wide apart = abs(gap), slow = exp(-(gap > 0 ? a : b) * s);
    return gap == 0 ? Wide(s * slow) : Wide(slow * -expm1(-apart * s) / apart);
  };
  const auto excess = [&](const Wide& s) {
    return Wide(c.n.bias - Wide(c.n.v_threshold) + rest * exp(-a * s) + i * a * chain(s));
  };
  Truth t{false, -1, 0, 0};
  if (found != never) {
    t.excess_at_found = excess(found);
    t.slope_at_found =
        a * (-rest * exp(-a * Wide(found)) - i * a * chain(found) + i * exp(-b * Wide(found)));
  }
  if (c.x.v >= c.n.v_threshold &&
      i > rest) {  // the contract of next_crossing: above and rising is a crossing at 0
    t.exists = true;
    return t;
  }
  // dV/ds e^(a s) / a = (i - rest) - i b z, z = (1 - e^(-gap s)) / gap increasing from 0.
  bool turns = false;
  Wide turn = 0;
  if (i != 0) {
    const Wide z = (i - rest) / (i * b);
    if (z >= 0 && gap * z < 1) {
      turns = true;
      turn = gap == 0 ? z : Wide(-log1p(-gap * z) / gap);
    }
  }
  const bool endless = c.horizon == never, rises = i > rest;
  if (rises && turns && (endless || turn <= c.horizon)) {
    t.margin = excess(turn);
    t.exists = t.margin >= 0;
  } else if (rises || (turns && (endless || turn < c.horizon))) {
    // Rises up to the horizon, or for ever towards bias.
    t.margin = endless ? Wide(c.n.bias) - c.n.v_threshold : excess(c.horizon);
    t.exists = endless ? t.margin > 0 : t.margin >= 0;
  }
  return t;
}

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : random_(seed) {}
  double uniform(double low, double high) {
    return std::uniform_real_distribution<>(low, high)(random_);
  }
  double decades(double low, double high) { return low * std::pow(high / low, uniform(0.0, 1.0)); }
  bool one_in(int n) { return std::uniform_int_distribution<>(0, n - 1)(random_) == 0; }
  double sign() { return one_in(2) ? 1.0 : -1.0; }
  // A relative change from one rounding to a thousandth.
  double nudge() { return 1.0 + sign() * decades(1e-16, 1e-3); }

  CubaLif neuron() {
    CubaLif n;
    const bool extreme = one_in(3);
    n.tau_mem = extreme ? decades(1e-6, 1e12) : decades(1.0, 100.0);
    n.tau_syn = extreme ? decades(1e-6, 1e12) : decades(1.0, 100.0);
    if (one_in(5)) n.tau_syn = n.tau_mem * nudge();
    if (one_in(10)) n.tau_syn = n.tau_mem;
    if (one_in(10)) n.tau_syn = n.tau_mem / 2;
    n.v_threshold = one_in(3) ? decades(1e-3, 1e3) : 1.0;
    if (one_in(2)) n.bias = n.v_threshold * uniform(-2.0, 2.0);
    if (one_in(6)) n.bias = n.v_threshold * (one_in(3) ? 1.0 : nudge());
    n.derive();
    return n;
  }

  Case next() {
    Case c{neuron(), {}, never};
    const double needed = std::fabs(c.n.v_threshold - std::fmax(c.n.bias, 0.0)) / c.n.peak;
    c.x.i = needed * decades(0.1, 100.0) * (one_in(4) ? -1.0 : 1.0);
    if (one_in(10)) c.x.i = 0.0;
    c.x.v = c.n.v_threshold * uniform(-2.0, 1.0);
    if (one_in(4)) c.x.v = c.n.v_threshold * (one_in(3) ? 1.0 : 1.0 - decades(1e-16, 1e-3));
    if (one_in(8)) c.x.v = c.n.v_threshold * (1.0 + 1e-16 * std::floor(uniform(0.0, 10.0)));
    if (one_in(8)) c.x.i = (c.x.v - c.n.bias) * nudge();  // all but at rest
    c.horizon = one_in(4) ? never : decades(1e-3, 1e3) * std::fmin(c.n.tau_mem, c.n.tau_syn);
    // The horizon within roundings of a crossing.
    if (one_in(2)) {
      const Time s = next_crossing(c.n, c.x, never);
      if (s > 0.0 && s < never) c.horizon = one_in(3) ? s : s * nudge();
    }
    return c;
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace

TEST_CASE("crossings at the edges of their conditions are exactly those of 50-digit arithmetic",
          "[slow]") {
  std::atomic<std::size_t> missed{0}, invented{0}, off{0}, outside{0}, forbidden{0}, crossings{0},
      close{0}, undecided{0};
  for_each_trial(cases / stretch, [&](std::size_t task) {
    Draw draw(77001 + task);
    for (std::size_t k = 0; k < stretch; ++k) {
      const Case c = draw.next();
      const Time found = next_crossing(c.n, c.x, c.horizon);
      const Truth t = truth(c, found);
      const double scale =
          std::fabs(c.x.v) + std::fabs(c.x.i) * c.n.peak + std::fabs(c.n.bias) + c.n.v_threshold;
      if (t.exists != (found != never)) {
        // The engine decides in 113 bits: a margin of 1e-32 of V is beyond it, and beyond physics.
        const bool answerable = abs(t.margin) > Wide(1e-32) * scale;
        if (!answerable) ++undecided;
        if (answerable && t.exists) ++missed;
        if (answerable && !t.exists) ++invented;
        continue;
      }
      if (t.exists && cannot_spike(c.n, c.x)) ++forbidden;
      if (!t.exists) continue;
      ++crossings;
      if (!(found >= 0.0 && found <= c.horizon)) ++outside;
      // V where the crossing was put is the threshold, to the rounding of V and of the time.
      const Wide allowed = Wide(4e-15) * scale + abs(t.slope_at_found) * found * Wide(4e-16);
      if (c.x.v < c.n.v_threshold && abs(t.excess_at_found) > allowed) ++off;
      if (abs(t.excess_at_found) < Wide(1e-14) * scale) ++close;
    }
  });
  CAPTURE(missed.load(), invented.load(), off.load(), outside.load(), forbidden.load(),
          crossings.load(), close.load(), undecided.load());
  CHECK(missed == 0);
  CHECK(invented == 0);
  CHECK(undecided < cases / 5000);
  CHECK(off == 0);
  CHECK(outside == 0);
  CHECK(forbidden == 0);
  CHECK(crossings > cases / 5);
}

TEST_CASE(
    "time constants at both ends of their range leave the response to a current its peak of "
    "(a/b)^(...)") {
  // K peaks at (tau_syn / tau_mem)^(tau_mem / (tau_mem - tau_syn)): eventprop 3.2; 1 for tau_syn >>
  // tau_mem.
  const auto peak = [](double tau_mem, double tau_syn) {
    CubaLif n;
    n.tau_mem = tau_mem;
    n.tau_syn = tau_syn;
    n.derive();
    return n.peak;
  };
  CHECK(std::fabs(peak(1e-6, 1e12) - 1.0) < 1e-14);
  CHECK(std::fabs(peak(1e12, 1e-6) * 1e18 - 1.0) < 1e-14);
  CHECK(std::fabs(peak(20.0, 5.0) - 0.1574901312368591) < 1e-15);
  CHECK(std::fabs(peak(10.0, 5.0) - 0.25) < 1e-16);
  CHECK(std::fabs(peak(7.0, 7.0) - std::exp(-1.0)) < 1e-15);
  CHECK(std::fabs(peak(7.0, 7.0 * (1 + 1e-12)) - std::exp(-1.0)) < 1e-12);
}
