// Divided differences of the exponential against 300-digit arithmetic. Reference: the defining
// recursion in so many digits, where its cancellation does not matter; equal nodes by nodes 1e-40
// apart.
#include <algorithm>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include <retrograde/engine/neuron/exponential.hpp>

using namespace retrograde;

namespace {

using Wide = boost::multiprecision::number<boost::multiprecision::cpp_bin_float<300>>;

template <std::size_t N>
Wide reference(std::array<double, N> nodes, double t) {
  std::vector<Wide> x(nodes.begin(), nodes.end()), f(N);
  for (std::size_t k = 0; k < N; ++k) {
    for (std::size_t j = 0; j < k; ++j)
      if (nodes[j] == nodes[k])
        x[k] += Wide("1e-40");  // equal nodes: the limit, to far more digits than are compared
    f[k] = exp(x[k] * t);
  }
  for (std::size_t level = 1; level < N; ++level)
    for (std::size_t k = N - 1; k >= level; --k) f[k] = (f[k] - f[k - 1]) / (x[k] - x[k - level]);
  return f[N - 1];
}

template <std::size_t N>
double worst_error(std::mt19937_64& random, int cases) {
  const auto uniform = [&](double low, double high) {
    return std::uniform_real_distribution<>(low, high)(random);
  };
  double worst = 0.0;
  for (int k = 0; k < cases; ++k) {
    const double t = std::pow(10.0, uniform(-12.0, 6.0));
    std::array<double, N> x;
    for (double& node : x) node = -std::pow(10.0, uniform(-6.0, 3.0));
    if (k % 5 == 0) x[0] = 0.0;
    for (std::size_t j = 1; j < N; ++j) {
      const int kind = std::uniform_int_distribution<>(0, 4)(random);
      const double other = x[std::uniform_int_distribution<std::size_t>(0, j - 1)(random)];
      if (kind == 0) x[j] = other;
      if (kind == 1) x[j] = other * (1.0 + std::pow(10.0, uniform(-16.0, -1.0)));
      if (kind == 2) x[j] = other - uniform(0.0, 3.0) / t;  // around the switch of method
    }
    const Wide expected = reference(x, t);
    if (expected < Wide(1e-290)) continue;  // below what a double holds with all its bits
    const double value = std::apply([&](auto... nodes) { return exp_difference(t, nodes...); }, x);
    // The exponent of the slowest node carries |x t| rounding errors.
    const double exponent = 1.0 + std::fabs(*std::max_element(x.begin(), x.end()) * t);
    const Wide error = abs(Wide(value) - expected) / expected / exponent;
    worst = std::fmax(worst, static_cast<double>(error));
  }
  return worst;
}

}  // namespace

TEST_CASE(
    "divided differences of the exponential have full precision for 1 to 5 nodes, equal, near and "
    "far") {
  std::mt19937_64 random(7);
  CHECK(worst_error<1>(random, 1000) < 3e-16);
  CHECK(worst_error<2>(random, 2000) < 1e-15);
  CHECK(worst_error<3>(random, 2000) < 3e-15);
  CHECK(worst_error<4>(random, 2000) < 1e-14);
  CHECK(worst_error<5>(random, 2000) < 1e-13);
}

TEST_CASE("divided differences do not depend on the order of their nodes") {
  CHECK(exp_difference(3.0, -0.1, -0.7, -0.3) == exp_difference(3.0, -0.7, -0.3, -0.1));
  CHECK(exp_difference(3.0, -0.1, -0.7) == exp_difference(3.0, -0.7, -0.1));
}

TEST_CASE("with equal nodes a divided difference is t^n/n! e^(x t)") {
  CHECK(exp_difference(2.0, -0.5, -0.5) == Approx(2.0 * std::exp(-1.0)).epsilon(1e-15));
  CHECK(exp_difference(2.0, -0.5, -0.5, -0.5) == Approx(2.0 * std::exp(-1.0)).epsilon(1e-15));
  CHECK(exp_difference(2.0, -0.5, -0.5, -0.5, -0.5) ==
        Approx(8.0 / 6.0 * std::exp(-1.0)).epsilon(1e-15));
}
