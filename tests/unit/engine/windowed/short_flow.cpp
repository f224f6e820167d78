// Polynomials instead of elementary functions: errors against 50 digits.
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/engine/neuron/exp_nonpositive.hpp>
#include <retrograde/engine/windowed/short_flow.hpp>
#include <retrograde/events/random.hpp>

using namespace retrograde;
using Reference = boost::multiprecision::cpp_bin_float_50;

namespace {

double relative_error(double value, const Reference& reference) {
  return static_cast<double>(abs((Reference(value) - reference) / reference));
}

}  // namespace

TEST_CASE("short_exp, short_phi and short_second are right to a few units in the last place") {
  Random random(1, "short flow");
  double of_exp = 0.0, of_phi = 0.0, of_second = 0.0;
  for (int k = 0; k < 20000; ++k) {
    const double x = short_flow_limit *
                     (k % 2 == 0 ? random.uniform() : std::pow(10.0, -8.0 * random.uniform()));
    const Reference y = x;
    of_exp = std::fmax(of_exp, relative_error(short_exp(x), exp(-y)));
    of_phi = std::fmax(of_phi, relative_error(short_phi(x), -expm1(-y) / y));
    of_second = std::fmax(of_second, relative_error(short_second(x), (y + expm1(-y)) / (y * y)));
  }
  CHECK(of_exp < 5e-16);
  CHECK(of_phi < 4e-16);
  CHECK(of_second < 4e-16);
  CHECK(short_exp(0.0) == 1.0);
  CHECK(short_phi(0.0) == 1.0);
  CHECK(short_second(0.0) == 0.5);
}

TEST_CASE("exp_nonpositive is right to two units in the last place, and 0 far below") {
  Random random(2, "exp");
  double worst = 0.0;
  for (int k = 0; k < 50000; ++k) {
    const double x =
        -700.0 * (k % 2 == 0 ? random.uniform() : std::pow(10.0, -6.0 * random.uniform()));
    worst = std::fmax(worst, relative_error(exp_nonpositive(x), exp(Reference(x))));
  }
  CHECK(worst < 4.5e-16);
  CHECK(exp_nonpositive(0.0) == 1.0);
  CHECK(exp_nonpositive(-700.0) == 0.0);
  CHECK(exp_nonpositive(-1e9) == 0.0);
}

TEST_CASE("a short flow is the propagator of its neuron, whatever the time constants") {
  Random random(3, "flows");
  for (int k = 0; k < 2000; ++k) {
    CubaLif n;
    n.tau_mem = std::pow(10.0, random.uniform(-1.0, 3.0));
    n.tau_syn = k % 3 == 0   ? n.tau_mem
                : k % 3 == 1 ? n.tau_mem * (1.0 + 1e-9 * random.uniform(-1.0, 1.0))
                             : std::pow(10.0, random.uniform(-1.0, 3.0));
    n.derive();
    const double s = random.uniform() * short_flow_limit / n.fastest_rate();
    const CubaLif::Propagator exact = n.propagator(s), flow = ShortFlow(n).propagator(s);
    CHECK(flow.mem == Approx(exact.mem).epsilon(1e-15));
    CHECK(flow.syn == Approx(exact.syn).epsilon(1e-15));
    CHECK(flow.kernel == Approx(exact.kernel).epsilon(2e-15));
  }
}
