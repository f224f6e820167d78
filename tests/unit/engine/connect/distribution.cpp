// Distributions without a scenario, whose moments tests/unit/scenarios/read/distribution.cpp has.
// Reference: ends in closed form, and what each number may be.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <string>

#include <retrograde/engine/connect/distribution.hpp>
#include <retrograde/events/error.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

std::string refusal(const auto& body) {
  try {
    body();
  } catch (const NetworkError& error) {
    return error.what();
  }
  return "nothing is refused";
}

}  // namespace

TEST_CASE("draws are moved into bounds, those of a truncated normal lie between its own") {
  Random random(1, "draws");
  const Distribution clipped =
      Distribution::normal(0.0, 1.0).within(-0.5, infinite).within(-1.0, 0.25);
  const Distribution cut = Distribution::truncated_normal(0.0, 1.0, 0.0, 0.5);
  int low = 0, high = 0;
  for (int k = 0; k < 1000; ++k) {
    const double x = clipped.draw(random), y = cut.draw(random);
    low += x == -0.5;
    high += x == 0.25;
    REQUIRE((x >= -0.5 && x <= 0.25));
    REQUIRE((y >= 0.0 && y <= 0.5));
  }
  // 30.9 % and 40.1 % of a normal distribution; five standard errors of 1000 draws are 7.8 %.
  CHECK(std::abs(low - 309) < 78);
  CHECK(std::abs(high - 401) < 78);
  CHECK(Distribution::constant(0.75).draw(random) == 0.75);
  CHECK(Distribution::constant(0.75).constant() == 0.75);
  CHECK_FALSE(Distribution::normal(0.0, 0.0).constant());
}

TEST_CASE("numbers that make no distribution are refused with what they may be") {
  using D = Distribution;
  CHECK_THAT(refusal([] { D::uniform(2.0, 1.0); }),
             Contains("uniform") && Contains("high is 1") && Contains("not below low"));
  CHECK_THAT(refusal([] { D::uniform(-infinite, 1.0); }),
             Contains("low is -inf") && Contains("finite"));
  CHECK_THAT(refusal([] { D::normal(0.0, -1.0); }), Contains("normal") && Contains("std is -1"));
  CHECK_THAT(refusal([] { D::truncated_normal(0.0, 1.0, 8.0, 9.0); }), Contains("0.001 at least"));
  CHECK_THAT(refusal([] { D::truncated_normal(0.0, 0.0, 0.0, 1.0); }),
             Contains("std is 0") && Contains("above 0"));
  CHECK_THAT(refusal([] { D::lognormal(0.0, 1.0); }),
             Contains("median is 0") && Contains("number 0"));
  CHECK_THAT(refusal([] { D::lognormal(1.0, 11.0); }), Contains("sigma is 11"));
  CHECK_THAT(refusal([] { D::exponential(infinite); }), Contains("mean is inf"));
  CHECK_THAT(refusal([] { D::gamma(0.0, 1.0); }), Contains("shape is 0") && Contains("0.001"));
  CHECK_THAT(refusal([] { D::gamma(1.0, 0.0); }), Contains("scale is 0"));
  CHECK_THAT(refusal([] { D::constant(std::nan("")); }), Contains("value is nan"));
}
