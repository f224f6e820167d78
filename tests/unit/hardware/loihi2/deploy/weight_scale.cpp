// Weight units. Reference for groups: every partition, tried.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <limits>
#include <set>

#include <retrograde/events/random.hpp>
#include <retrograde/hardware/loihi2/deploy/weight_scale.hpp>

using namespace retrograde;
using namespace retrograde::loihi2;

TEST_CASE("groups of neurons share a scale so that rounding loses least") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Random random(seed, "groups");
    std::vector<double> wanted(9);
    for (double& s : wanted) s = std::exp(random.normal(0.0, 1.5));
    for (std::uint32_t groups = 1; groups <= 4; ++groups) {
      CAPTURE(seed, groups);
      const std::vector<double> found = grouped(wanted, groups);
      double sum = 0.0;
      for (std::size_t k = 0; k < wanted.size(); ++k) {
        CHECK(found[k] >= wanted[k]);
        sum += found[k] * found[k];
      }
      CHECK(std::set<double>(found.begin(), found.end()).size() <= groups);
      // All ways to cut the sorted list.
      std::vector<double> sorted = wanted;
      std::sort(sorted.begin(), sorted.end());
      double least = std::numeric_limits<double>::infinity();
      const std::function<void(std::size_t, std::uint32_t, double)> cut =
          [&](std::size_t begin, std::uint32_t left, double so_far) {
            if (begin == sorted.size()) {
              least = std::min(least, so_far);
              return;
            }
            if (left == 0) return;
            for (std::size_t end = begin + 1; end <= sorted.size(); ++end)
              cut(end, left - 1,
                  so_far + static_cast<double>(end - begin) * sorted[end - 1] * sorted[end - 1]);
          };
      cut(0, groups, 0.0);
      CHECK(sum == Approx(least).epsilon(1e-12));
    }
  }
}

TEST_CASE("a group that changes nothing in the sum is not made") {
  // 2 (2e-20)^2 and (1e-20)^2 + (2e-20)^2 both vanish beside 1.
  CHECK(grouped({1e-20, 1.0, 2e-20}, 3) == std::vector<double>{2e-20, 1.0, 2e-20});
  CHECK(grouped({0.5, 0.5, 0.5}, 3) == std::vector<double>(3, 0.5));
}

TEST_CASE("pruned weights do not count for the scale, except as published") {
  std::vector<double> weights(90, 0.0);
  for (int k = 1; k <= 10; ++k) weights.push_back(-0.1 * k);
  CHECK(weight_scale(weights, Scaling::largest, 100.0) == Approx(1.0 / 128.0));
  // The 50th percentile of ten magnitudes, not of a hundred.
  CHECK(weight_scale(weights, Scaling::largest, 50.0) == Approx(0.55 / 128.0));
  // As published: the 95th of a hundred negated weights, nine tenths of them 0.
  CHECK(weight_scale(weights, Scaling::power_of_two, 95.0) ==
        std::ldexp(1.0, std::ilogb(0.505) - 6));
  CHECK(weight_scale(std::vector<double>(5, 0.0), Scaling::largest, 100.0) == 0.0);
}
