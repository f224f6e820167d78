#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/data/encoding.hpp>

using namespace retrograde;

TEST_CASE("a feature becomes a spike the later the larger it is") {
  const LatencyEncoding encoding = {.t_early = 2, .t_late = 10, .duration = 20};
  const std::vector<double> features = {1.0, 0.0, 0.25};
  const Trial trial = encode_features(features, encoding);
  CHECK(trial.duration == 20);
  CHECK(trial.inputs == std::vector<Spike>{{2.0, 1}, {4.0, 2}, {10.0, 0}});
  CHECK(input_count(3, encoding) == 3);
}

TEST_CASE("a pixel becomes a spike the earlier the brighter it is, and none when it is dark") {
  // Black, the threshold itself (51 / 255 = 0.2), just above, white.
  const std::vector<std::uint8_t> pixels = {0, 51, 52, 255};
  const LatencyEncoding encoding = {.t_early = 1, .t_late = 11, .duration = 20, .threshold = 0.2};
  const Trial trial = encode_image(pixels, encoding);
  CHECK(trial.inputs == std::vector<Spike>{{1.0, 3}, {1.0 + (1.0 - 52 / 255.0) * 10, 2}});
}

TEST_CASE("black pixels stay silent without any threshold") {
  const std::vector<std::uint8_t> pixels = {0, 1};
  const Trial trial = encode_image(pixels, {.t_early = 0, .t_late = 10, .duration = 20});
  REQUIRE(trial.inputs.size() == 1);
  CHECK(trial.inputs[0].neuron == 1);
}

TEST_CASE("the bias neuron is the last input, and inputs start where they are told to") {
  const LatencyEncoding encoding = {
      .t_early = 2, .t_late = 10, .duration = 20, .bias_time = 3.0, .first = 100};
  const std::vector<double> features = {1.0, 0.0};
  CHECK(encode_features(features, encoding).inputs ==
        std::vector<Spike>{{2.0, 101}, {3.0, 102}, {10.0, 100}});
  CHECK(input_count(2, encoding) == 3);
}

TEST_CASE("encoded spikes are ordered by time and then by neuron") {
  std::vector<std::uint8_t> pixels(784);
  for (std::size_t i = 0; i < pixels.size(); ++i)
    pixels[i] = static_cast<std::uint8_t>(i * 37 % 8 * 32);
  const Trial trial = encode_image(pixels, {});
  CHECK(trial.inputs.size() == 686);
  CHECK(std::is_sorted(trial.inputs.begin(), trial.inputs.end()));
}

TEST_CASE("an encoding that cannot be is refused with its key") {
  const auto key = [](const LatencyEncoding& encoding) -> std::string {
    try {
      check(encoding);
    } catch (const ScenarioError& e) {
      return e.key;
    }
    return "";
  };
  const double not_a_number = std::numeric_limits<double>::quiet_NaN();
  CHECK(key({}) == "");
  CHECK(key({.t_early = 5, .t_late = 5}) == "");
  CHECK(key({.t_early = -1}) == "t_early");
  CHECK(key({.t_early = not_a_number}) == "t_early");
  CHECK(key({.t_early = 9, .t_late = 8}) == "t_late");
  CHECK(key({.t_late = 40, .duration = 40}) == "t_late");
  CHECK(key({.t_late = not_a_number}) == "t_late");
  CHECK(key({.duration = 0}) == "duration");
  CHECK(key({.duration = never}) == "duration");
  CHECK(key({.threshold = 1}) == "threshold");
  CHECK(key({.bias_time = 40.0}) == "bias_time");
  CHECK(key({.bias_time = -1.0}) == "bias_time");
}

TEST_CASE("a feature outside 0 to 1 is refused with its sample") {
  const double not_a_number = std::numeric_limits<double>::quiet_NaN();
  for (const double wrong : {-0.1, 1.5, not_a_number}) {
    try {
      feature_samples({0.5, 0.5, 0.5, wrong}, 2, {0, 1}, {}, "points.csv");
      FAIL("nothing thrown");
    } catch (const FormatError& e) {
      CHECK(e.file == "points.csv");
      CHECK_FALSE(e.offset);
    }
  }
}
