// A neuron's account of how far its V and I may be off holds, and is not idle. Reference: the same neuron in
// 113 bits, from the same doubles (tau_mem, tau_syn, bias, times, weights).
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include <retrograde/engine/neuron/cuba_lif_dynamics.hpp>
#include <retrograde/events/random.hpp>

using namespace retrograde;
using Quad = boost::multiprecision::cpp_bin_float_quad;

namespace {

struct Exact {
  Quad v = 0, i = 0;
};

// engine/neuron/cuba_lif.hpp's solution, with 1/tau not rounded.
Exact flow(const Exact& x, const CubaLif& c, const Quad& s) {
  const Quad a = Quad(1) / c.tau_mem, b = Quad(1) / c.tau_syn, gap = b - a;
  const Quad mem = exp(-a * s), syn = exp(-b * s);
  const Quad kernel = gap == 0 ? Quad(a * s * mem) : Quad(a * mem * -expm1(-gap * s) / gap);
  return {c.bias + (x.v - c.bias) * mem + x.i * kernel, x.i * syn};
}

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
    Exact exact;
    Deviation off;
    const double scale = std::exp(random.uniform(-8.0, 2.0)) * tau_mem;  // between arrivals
    for (int k = 0; k < 300; ++k) {
      const double s = scale * random.uniform(0.0, 1.0), weight = random.uniform(-1.0, 1.5);
      const CubaLif::Propagator p = c.propagator(s);
      c.flow_rounded(off, x, s, p);
      x = c.flow(x, s);
      x.i += weight;
      off.i += 0x1p-53 * std::fabs(x.i);
      exact = flow(exact, c, s);
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
