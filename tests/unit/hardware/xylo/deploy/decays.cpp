// Shifts for time constants, and gains. The numbers are -1/ln(1 - 2^-dash), and the exact neuron is
// engine/neuron/cuba_lif.hpp's.
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/engine/neuron/cuba_lif.hpp>
#include <retrograde/hardware/xylo/deploy/decays.hpp>

using namespace retrograde;
using namespace retrograde::xylo;

namespace {

// v after each step on a chip without rounding, of a single x in step 0.
std::vector<double> chip_response(double x, int dash_mem, int dash_syn, int steps) {
  std::vector<double> v;
  double i = x, now = 0.0;
  for (int n = 0; n < steps; ++n) {
    i -= i / std::ldexp(1.0, dash_syn);
    now += i - now / std::ldexp(1.0, dash_mem);
    v.push_back(now);
  }
  return v;
}

CubaLif neuron(Time tau_mem, Time tau_syn) {
  CubaLif n;
  n.tau_mem = tau_mem;
  n.tau_syn = tau_syn;
  n.derive();
  return n;
}

}  // namespace

TEST_CASE("a dash stands for -1/ln(1 - 2^-dash) steps") {
  CHECK(represented_tau(1, 1.0) == Approx(1.442695));
  CHECK(represented_tau(2, 1.0) == Approx(3.476059));
  CHECK(represented_tau(4, 1.0) == Approx(15.494625));
  CHECK(represented_tau(4, 0.5) == Approx(7.747312));
}

TEST_CASE("the dash nearest by its ratio is chosen, within what the chip has") {
  CHECK(dash_of(20.0, 1.0) == 4);  // 15.5 is 1.29 times off, 31.5 is 1.58 times
  CHECK(dash_of(5.0, 1.0) == 2);   // 3.48 is 1.44 times off, 7.49 is 1.50 times
  CHECK(dash_of(5.0, 0.1) == 6);   // of 50 steps: 63.5
  CHECK(dash_of(0.1, 1.0) == 1);
  CHECK(dash_of(1e9, 1.0) == 15);
  for (double tau = 1.5; tau < 20000.0; tau *= 1.07) {
    const double ratio = represented_tau(dash_of(tau, 1.0), 1.0) / tau;
    CHECK(std::max(ratio, 1.0 / ratio) < 1.56);
  }
}

TEST_CASE("the fitting step is the one for which the dash is the time constant") {
  const Time step = fitting_step(20.0, 1.0);
  CHECK(step == Approx(1.290769));
  CHECK(represented_tau(dash_of(20.0, step), step) == Approx(20.0));
}

TEST_CASE("where the shifts are the time constants the chip samples the exact V") {
  const Time dt = 0.7, tau_mem = represented_tau(5, dt), tau_syn = represented_tau(3, dt);
  const double x = gain(tau_mem, tau_syn, 5, 3, dt);
  const std::vector<double> v = chip_response(x, 5, 3, 100);
  for (int n = 0; n < 100; ++n)
    CHECK(v[n] == Approx(neuron(tau_mem, tau_syn).propagator((n + 1) * dt).kernel).margin(1e-12));
}

TEST_CASE("the largest response is known with and without rounding") {
  // i = 120, 60, 30; v = 120, 120 - 30 + 60, 150 - 37 + 30.
  CHECK(integer_response(240, 2, 1) == 150);
  CHECK(240 * largest_response(2, 1) == Approx(150));
  // Decays of whole numbers leave more of a small current.
  CHECK(integer_response(40, 6, 4) > 1.1 * 40 * largest_response(6, 4));
  CHECK(integer_response(20000, 6, 4) == 32767);
  CHECK(integer_response(0, 6, 4) == 0);
}

TEST_CASE("equal shifts are an ordinary case") {
  const Time tau = represented_tau(4, 1.0);
  const std::vector<double> v = chip_response(gain(tau, tau, 4, 4, 1.0), 4, 4, 60);
  for (int n = 0; n < 60; ++n)
    CHECK(v[n] == Approx(neuron(tau, tau).propagator(n + 1.0).kernel).margin(1e-12));
}

TEST_CASE("where they are others, one arrival brings V as high as it should") {
  const auto highest = [](Time tau_mem, Time tau_syn) {
    const int mem = dash_of(tau_mem, 1.0), syn = dash_of(tau_syn, 1.0);
    const std::vector<double> v =
        chip_response(gain(tau_mem, tau_syn, mem, syn, 1.0), mem, syn, 400);
    return *std::max_element(v.begin(), v.end());
  };
  CHECK(highest(20.0, 5.0) == Approx(neuron(20.0, 5.0).peak));
  CHECK(highest(5.0, 20.0) == Approx(neuron(5.0, 20.0).peak));
  CHECK(highest(11.0, 11.0) == Approx(neuron(11.0, 11.0).peak));
}
