// A neuron's account of how far its V and I may be off holds, and is not idle. Reference: the same neuron in
// 113 bits, from the same doubles (tau_mem, tau_syn, bias, times, weights).
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include <retrograde/engine/neuron/cuba_lif_dynamics.hpp>
#include <retrograde/engine/windowed/short_flow.hpp>
#include <retrograde/events/random.hpp>

#include "tests/support/exact_flow.hpp"

using namespace retrograde;
using test::ExactState;

namespace {

CubaLif neuron(double tau_mem, double tau_syn, double bias) {
  CubaLif c;
  c.tau_mem = tau_mem;
  c.tau_syn = tau_syn;
  c.bias = bias;
  c.derive();
  return c;
}

}  // namespace

TEST_CASE("V and I are never further off than the account of a neuron says") {
  Random random(7, "deviation");
  double closest = 0.0;
  for (int trial = 0; trial < 400; ++trial) {
    const double tau_mem = std::exp(random.uniform(-1.0, 5.0));
    // Far apart either way, next to each other, equal.
    const double near[] = {1.0, 1.0 + 1e-15, 1.0 - 1e-9, 1.0 + 1e-4,
                           std::exp(random.uniform(-4.0, 4.0))};
    const CubaLif c = neuron(tau_mem, tau_mem * near[trial % 5], random.uniform(-2.0, 2.0));
    MembraneState x;
    ExactState exact;
    Deviation off;
    const double scale = std::exp(random.uniform(-8.0, 2.0)) * tau_mem;  // between arrivals
    for (int k = 0; k < 300; ++k) {
      const double s = scale * random.uniform(0.0, 1.0), weight = random.uniform(-1.0, 1.5);
      const CubaLif::Propagator p = c.propagator(s);
      c.flow_rounded(off, x, s, p);
      x = c.flow(x, s);
      x.i += weight;
      off.i += 0x1p-53 * std::fabs(x.i);
      exact = test::exact_flow(exact, c, s);
      exact.i += weight;
      const double of_v = std::fabs(static_cast<double>(x.v - exact.v));
      const double of_i = std::fabs(static_cast<double>(x.i - exact.i));
      REQUIRE(of_v <= off.v);
      REQUIRE(of_i <= off.i);
      closest = std::fmax(closest, std::fmax(of_v / off.v, of_i / off.i));
    }
  }
  CHECK(closest > 0.1);  // a bound a thousand times too wide would pass as well
}

TEST_CASE("within a window V and I are never further off than its steps add") {
  Random random(8, "short deviation");
  double closest = 0.0;
  for (int trial = 0; trial < 2000; ++trial) {
    const double tau_mem = std::exp(random.uniform(-1.0, 5.0));
    const double ratios[] = {1.0, 1.0 + 1e-15, 1.0 + 1e-4, std::exp(random.uniform(-4.0, 4.0))};
    const CubaLif c = neuron(tau_mem, tau_mem * ratios[trial % 4], random.uniform(-2.0, 2.0));
    const ShortFlow flow(c);
    MembraneState x{random.uniform(-2.0, 1.0), random.uniform(-2.0, 4.0)};
    ExactState exact{x.v, x.i};
    double rounded = 0.0;
    for (int k = 0; k < 20; ++k) {
      const double s = short_flow_limit / c.fastest_rate() / 20.0 * random.uniform();
      const double weight = random.uniform(-0.1, 0.15);
      const CubaLif::Propagator p = flow.propagator(s);
      rounded += c.rounding_of_short_flow(x);
      x = {c.bias + (x.v - c.bias) * p.mem + x.i * p.kernel, x.i * p.syn};
      x.i += weight;
      exact = test::exact_flow(exact, c, s);
      exact.i += weight;
      const double off = std::fmax(std::fabs(static_cast<double>(x.v - exact.v)),
                                   std::fabs(static_cast<double>(x.i - exact.i)));
      REQUIRE(off <= rounded + 0x1p-53 * std::fabs(x.i));
      closest = std::fmax(closest, off / rounded);
    }
  }
  CHECK(closest > 0.04);
}
