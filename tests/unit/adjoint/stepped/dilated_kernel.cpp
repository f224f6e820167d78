// Kernels of delays. References: arXiv:2306.17670, section 3; the widths that
// arXiv:2407.18917 trains with; finite differences.
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include <retrograde/adjoint/stepped/dilated_kernel.hpp>
#include <retrograde/adjoint/stepped/surrogate.hpp>

using namespace retrograde;

TEST_CASE("widths shrink as published: 12.27 to 0.5 steps in 37 of 150 epochs") {
  DilatedKernel kernel;
  kernel.epochs = 150;
  const auto effective = [&](std::uint32_t epoch) { return kernel.width(epoch, 24) + 0.27; };
  CHECK(effective(0) == Approx(12.27));
  const double factor = std::pow(0.23 / 12.0, 1.0 / 37.0);
  CHECK(factor == Approx(0.8986).epsilon(1e-4));
  for (std::uint32_t e = 0; e < 37; ++e)
    CHECK(kernel.width(e + 1, 24) == Approx(kernel.width(e, 24) * factor));
  CHECK(effective(36) > 0.52);
  CHECK(effective(37) == Approx(0.5));
  CHECK(effective(149) == Approx(0.5));
}

TEST_CASE("taps sum to 1, and their slopes are those of finite differences") {
  const auto value = [](const Taps& taps, std::uint32_t l) {
    const bool has = l >= taps.first && l < taps.first + taps.h.size();
    return has ? static_cast<double>(taps.h[l - taps.first]) : 0.0;
  };
  for (const KernelShape shape :
       {KernelShape::gaussian, KernelShape::triangle, KernelShape::bilinear})
    for (const double width : {6.0, 1.0, 0.23})
      for (const double delay : {0.2, 3.7, 11.4, 23.9}) {
        Taps at, before, after;
        make_taps(shape, width, delay, 24, at);
        const double sum = std::accumulate(at.h.begin(), at.h.end(), 0.0);
        CHECK(sum == Approx(1.0).margin(1e-5));
        const double h = 1e-3;
        make_taps(shape, width, delay - h, 24, before);
        make_taps(shape, width, delay + h, 24, after);
        for (std::size_t g = 0; g < at.slope.size(); ++g) {
          const auto l = static_cast<std::uint32_t>(at.first + g);
          const double difference = (value(after, l) - value(before, l)) / (2.0 * h);
          CHECK(static_cast<double>(at.slope[g]) == Approx(difference).margin(2e-4));
        }
      }
}

TEST_CASE("a narrow kernel of a whole delay, and a rounded one, are one tap") {
  Taps taps;
  make_tap(3.5, 24, taps);
  CHECK(taps.first == 4);
  CHECK(taps.h == std::vector<float>{1.0f});
  make_tap(30.0, 24, taps);
  CHECK(taps.first == 24);
  make_taps(KernelShape::bilinear, 0.0, 7.0, 24, taps);
  CHECK(taps.first == 7);
  CHECK(taps.h[0] == 1.0f);
  make_taps(KernelShape::triangle, 0.0, 7.0, 24, taps);
  double beside = 0.0;
  for (std::size_t g = 0; g < taps.h.size(); ++g)
    if (taps.first + g != 7) beside += static_cast<double>(taps.h[g]);
  CHECK(beside == 0.0);
}

TEST_CASE("surrogates: height at the threshold, symmetry, and what they integrate to") {
  // The slopes of functions that rise from 0 to 1, but for superspike, whose height is 1.
  for (const double a : {2.0, 5.0}) {
    const Surrogate arctangent{SurrogateShape::arctangent, a},
        sigmoid{SurrogateShape::fast_sigmoid, a}, superspike{SurrogateShape::superspike, a};
    CHECK(static_cast<double>(arctangent(0.0f)) == Approx(0.5 * a));
    CHECK(static_cast<double>(sigmoid(0.0f)) == Approx(0.5 * a));
    CHECK(superspike(0.0f) == 1.0f);
    for (const Surrogate& s : {arctangent, sigmoid, superspike}) CHECK(s(-0.3f) == s(0.3f));
    double sum = 0.0, sum_sigmoid = 0.0;
    for (double x = -200.0; x < 200.0; x += 1e-3) {
      sum += 1e-3 * static_cast<double>(arctangent(static_cast<float>(x)));
      sum_sigmoid += 1e-3 * static_cast<double>(sigmoid(static_cast<float>(x)));
    }
    CHECK(sum == Approx(1.0).margin(2e-3));
    CHECK(sum_sigmoid == Approx(1.0).margin(4e-3));
  }
}
