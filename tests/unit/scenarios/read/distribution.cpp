// Distributions of parameters. References: means and variances in closed form, within five standard
// errors: of a mean sqrt(variance / n), of a variance sqrt((fourth moment - variance^2) / n), the fourth
// moment taken from the sample; of a truncated normal one the closed form of its moments.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/arrays/array_file.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

#include "tests/support/scratch.hpp"

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

constexpr std::uint32_t count = 40'000;

Scenario with_bias(const std::string& value, std::uint32_t size = count,
                   const std::string& file = "s.toml") {
  return parse_scenario("[scenario]\nduration = \"10 ms\"\n[[population]]\nname = \"p\"\nsize = " +
                            std::to_string(size) + "\n" + value + "\n",
                        file);
}

std::vector<double> bias(const std::string& value, std::uint32_t size = count) {
  const Scenario scenario = with_bias("bias = " + value, size);
  const auto all = scenario.network.parameters(ParameterKind::bias);
  return {all.begin(), all.end()};
}

void check_moments(const std::string& value, double mean, double variance) {
  const std::vector<double> draws = bias(value);
  double sum = 0.0, second = 0.0, fourth = 0.0;
  for (const double x : draws) sum += x;
  const double found = sum / count;
  for (const double x : draws) {
    const double square = (x - mean) * (x - mean);
    second += square;
    fourth += square * square;
  }
  second /= count;
  fourth /= count;
  CAPTURE(value, found, mean, second, variance);
  CHECK(std::fabs(found - mean) <= 5.0 * std::sqrt(variance / count));
  CHECK(std::fabs(second - variance) <= 5.0 * std::sqrt((fourth - second * second) / count));
}

std::string refused(const std::string& line) {
  try {
    with_bias(line, 3);
  } catch (const ScenarioError& error) {
    return error.what();
  }
  return "nothing is refused";
}

}  // namespace

TEST_CASE("draws have the mean and the variance of their distribution", "[distribution]") {
  check_moments("{ distribution = \"uniform\", low = -1, high = 3 }", 1.0, 16.0 / 12.0);
  check_moments("{ distribution = \"normal\", mean = 2, std = 0.5 }", 2.0, 0.25);
  const double factor = std::exp(0.16);
  check_moments("{ distribution = \"lognormal\", median = 1.5, sigma = 0.4 }",
                1.5 * std::sqrt(factor), 2.25 * factor * (factor - 1.0));
  check_moments("{ distribution = \"lognormal\", median = -1.5, sigma = 0.4 }",
                -1.5 * std::sqrt(factor), 2.25 * factor * (factor - 1.0));
  check_moments("{ distribution = \"exponential\", mean = 0.7 }", 0.7, 0.49);
  check_moments("{ distribution = \"exponential\", mean = -0.7 }", -0.7, 0.49);
  check_moments("{ distribution = \"gamma\", shape = 3, scale = 0.5 }", 1.5, 0.75);
  check_moments("{ distribution = \"gamma\", shape = 0.4, scale = 2 }", 0.8, 1.6);
}

TEST_CASE("a truncated normal distribution has its moments, and nothing at its ends",
          "[distribution]") {
  const auto density = [](double x) {
    return std::exp(-0.5 * x * x) / std::sqrt(2.0 * std::numbers::pi);
  };
  const auto below = [](double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); };
  // Of mean 1 and deviation 2, from 0 to 2 and from 0 on.
  for (const bool both : {true, false}) {
    const double a = -0.5, b = both ? 0.5 : 40.0, share = below(b) - below(a);
    const double shift = (density(a) - density(b)) / share;
    const double variance = 4.0 * (1.0 + (a * density(a) - b * density(b)) / share - shift * shift);
    const std::string text =
        std::string("{ distribution = \"truncated_normal\", mean = 1, std = 2, ") +
        (both ? "low = 0, high = 2 }" : "low = 0 }");
    check_moments(text, 1.0 + 2.0 * shift, variance);
    const std::vector<double> draws = bias(text);
    CHECK(*std::min_element(draws.begin(), draws.end()) > 0.0);
    if (both) CHECK(*std::max_element(draws.begin(), draws.end()) < 2.0);
  }
}

TEST_CASE("gamma draws have the distribution function of a sum of exponentials", "[distribution]") {
  // Shape 2: F(x) = 1 - e^(-x) (1 + x). Kolmogorov and Smirnov: below 1.95 / sqrt(n) but for 1 in 1000.
  std::vector<double> draws = bias("{ distribution = \"gamma\", shape = 2, scale = 1 }");
  std::sort(draws.begin(), draws.end());
  double worst = 0.0;
  for (std::size_t k = 0; k < draws.size(); ++k) {
    const double f = 1.0 - std::exp(-draws[k]) * (1.0 + draws[k]);
    worst = std::max(worst, std::fabs(f - static_cast<double>(k) / count));
  }
  CHECK(worst < 1.95 / std::sqrt(double{count}));
}

TEST_CASE("constants and arrays of files are values of neurons and times in ms", "[distribution]") {
  CHECK(bias("{ distribution = \"constant\", value = 0.25 }", 3) ==
        std::vector<double>{0.25, 0.25, 0.25});
  const test::ScratchFolder folder;
  const std::vector<NamedArray> arrays = {{"bias", {{3}, {1, 2, 3}, false}},
                                          {"tau", {{3}, {10, 20, 30}, true}}};
  for (const char* name : {"a.npz", "a.h5", "a.csv"})
    write_arrays(folder / name, *array_format_of(name), arrays);
  const auto values = [&](const std::string& line, ParameterKind kind) {
    const Scenario s = with_bias(line, 3, (folder / "s.toml").string());
    const auto all = s.network.parameters(kind);
    return std::vector<double>(all.begin(), all.end());
  };
  for (const std::string name : {"a.npz", "a.h5", "a.csv"}) {
    CHECK(values("bias = { file = \"" + name + "\", array = \"bias\" }", ParameterKind::bias) ==
          std::vector<double>{1, 2, 3});
    CHECK(values("tau_mem = { file = \"" + name + "\", array = \"tau\" }",
                 ParameterKind::tau_mem) == std::vector<double>{10, 20, 30});
  }
  const auto wrong = [&](const std::string& line, std::uint32_t size = 3) -> std::string {
    try {
      with_bias(line, size, (folder / "s.toml").string());
    } catch (const ScenarioError& error) {
      return error.what();
    }
    return "nothing is refused";
  };
  CHECK_THAT(wrong("bias = { file = \"a.npz\", array = \"bias\" }", 4),
             Contains("population[0].bias.file") && Contains("shape (3)") && Contains("(4)"));
  CHECK_THAT(wrong("bias = { file = \"a.npz\", array = \"bias_\" }"),
             Contains("population[0].bias.array") && Contains("did you mean bias?"));
  CHECK_THAT(wrong("bias = { file = \"b.npz\" }"), Contains("there is no file"));
  CHECK_THAT(wrong("v_threshold = { file = \"a.csv\", array = \"bias\" }\nv_reset = 1"),
             Contains("v_reset must lie below"));
  CHECK_THAT(wrong("bias = { file = \"a.npz\", arrays = \"bias\" }"),
             Contains("did you mean array?"));
}

TEST_CASE("a wrong use of each distribution says what to write", "[distribution]") {
  CHECK_THAT(refused("bias = { distribution = \"gama\", shape = 1 }"),
             Contains("population[0].bias.distribution") && Contains("did you mean gamma?"));
  CHECK_THAT(refused("bias = { distribution = \"constant\", mean = 1 }"), Contains("value = 1.0"));
  CHECK_THAT(refused("bias = { distribution = \"normal\", mean = 1, std = 1, low = 0 }"),
             Contains("bias.low") && Contains("a normal distribution, which has mean and std"));
  CHECK_THAT(refused("bias = { distribution = \"truncated_normal\", mean = 1, std = 1 }"),
             Contains("neither low nor high"));
  CHECK_THAT(refused("bias = { distribution = \"truncated_normal\", mean = 1, std = 1, low = 2, "
                     "high = 1 }"),
             Contains("exchange"));
  CHECK_THAT(
      refused("bias = { distribution = \"truncated_normal\", mean = 1, std = 0.1, low = 2 }"),
      Contains("at least 0.001"));
  CHECK_THAT(refused("bias = { distribution = \"lognormal\", median = 1, sigma = 11 }"),
             Contains("bias.sigma") && Contains("at most 10"));
  CHECK_THAT(refused("tau_mem = { distribution = \"exponential\", mean = \"-1 ms\" }"),
             Contains("tau_mem.mean") && Contains("above 0"));
  CHECK_THAT(refused("bias = { distribution = \"exponential\", mean = 0 }"),
             Contains("makes all draws 0"));
  CHECK_THAT(refused("bias = { distribution = \"gamma\", shape = 0, scale = 1 }"),
             Contains("bias.shape"));
  CHECK_THAT(refused("tau_mem = { distribution = \"lognormal\", median = 3, sigma = 1 }"),
             Contains("3 has no unit"));
}
