// Gaps between chosen trials. References: the geometric and the binomial distribution in closed
// form, and the definition of a gap in long double.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/events/geometric.hpp>

using namespace retrograde;

namespace {

std::vector<std::uint64_t> chosen(double p, std::uint64_t entity, std::uint64_t count) {
  std::vector<std::uint64_t> all;
  for_each_chosen(p, Random(3, "chosen", entity), count,
                  [&](std::uint64_t k) { all.push_back(k); });
  return all;
}

}  // namespace

TEST_CASE("a gap is the largest k with u <= (1 - p)^k, one word of the stream each") {
  for (const double p : {0x1p-20, 1e-4, 0.03, 0.5, 0.875, 1.0 - 0x1p-53}) {
    const GeometricGap gap(p);
    Random random(5, "gaps"), words(5, "gaps");
    const long double log = std::log1p(-static_cast<long double>(p));
    for (int n = 0; n < 20000; ++n) {
      const std::uint64_t k = gap.next(random);
      const long double u = 1.0L - static_cast<long double>(words.uniform());
      // Up to what k products of doubles err by; of 2^-20, a thousandth of the draws lie so near a
      // step that these decide.
      const long double error = 2.5e-16L * static_cast<long double>(k + 2);
      REQUIRE(u <= std::exp(log * static_cast<long double>(k)) * (1.0L + error));
      REQUIRE(u > std::exp(log * static_cast<long double>(k + 1)) * (1.0L - error));
    }
    CHECK(random.counter() == words.counter());
  }
}

TEST_CASE("a power that is met exactly counts as a step") {
  // With p = 1/2 the steps are the powers of 2, which a uniform can be.
  const GeometricGap half(0.5);
  Random random(8, "halves"), words(8, "halves");
  for (int n = 0; n < 100000; ++n) {
    const double u = 1.0 - words.uniform();
    // The largest k with u <= 2^-k.
    REQUIRE(half.next(random) == static_cast<std::uint64_t>(std::floor(-std::log2(u))));
  }
}

TEST_CASE("each trial is chosen with its probability, on its own, also far below 2^-20") {
  struct Case {
    double p;
    std::uint64_t count;
    int streams;
  };
  for (const Case& c : {Case{0.001, 100'000, 100}, Case{0.3, 1000, 1000}, Case{0.9, 1000, 200},
                        Case{1e-8, 1'000'000'000, 200}}) {
    double sum = 0.0, squares = 0.0;
    const double mean = c.p * static_cast<double>(c.count), variance = mean * (1.0 - c.p);
    for (int n = 0; n < c.streams; ++n) {
      const auto all = chosen(c.p, static_cast<std::uint64_t>(n), c.count);
      for (std::size_t k = 1; k < all.size(); ++k) REQUIRE(all[k - 1] < all[k]);
      REQUIRE((all.empty() || all.back() < c.count));
      const double deviation = static_cast<double>(all.size()) - mean;
      sum += deviation;
      squares += deviation * deviation;
    }
    // Five standard errors of the mean and of the variance of so many binomial counts; the fourth
    // moment of a binomial is 3 variance^2 + variance (1 - 6 p (1 - p)).
    const double n = c.streams;
    CHECK(std::fabs(sum / n) < 5.0 * std::sqrt(variance / n));
    const double fourth = 2.0 * variance * variance + variance * (1.0 - 6.0 * c.p * (1.0 - c.p));
    CHECK(std::fabs(squares / n - variance) < 5.0 * std::sqrt(fourth / n));
  }
}

TEST_CASE("first and last trials are chosen as often as others, none where p is 0") {
  int first = 0, last = 0;
  for (std::uint64_t n = 0; n < 10000; ++n)
    for (const std::uint64_t k : chosen(0.25, n, 9)) {
      first += k == 0;
      last += k == 8;
    }
  CHECK(std::abs(first - 2500) < 5 * 44);  // sqrt(10000 x 1/4 x 3/4) = 43.3
  CHECK(std::abs(last - 2500) < 5 * 44);
  CHECK(chosen(0.0, 0, 1'000'000'000'000).empty());
  CHECK_THROWS_AS(GeometricGap(1.0), InternalError);
  CHECK_THROWS_AS(GeometricGap(0x1p-21), InternalError);
}
