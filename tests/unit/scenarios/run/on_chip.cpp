// What the way onto the chip is calibrated on: training trials, and no more than the first 300.
#include <catch2/catch.hpp>

#include <retrograde/scenarios/run/on_chip.hpp>

using namespace retrograde;

namespace {

// 64 inputs onto two neurons. With u halving and v keeping three quarters a step (tests/golden/
// check_by_hand.cpp) every weight is 127 units of 1/400, and the threshold is 400.
constexpr const char* text = R"(
[scenario]
duration = "10 ms"
[[population]]
name = "in"
size = 64
spikes = [[], [], [], [], [], [], [], [], [], [], [], [], [], [], [], [],
          [], [], [], [], [], [], [], [], [], [], [], [], [], [], [], [],
          [], [], [], [], [], [], [], [], [], [], [], [], [], [], [], [],
          [], [], [], [], [], [], [], [], [], [], [], [], [], [], [], []]
[[population]]
name = "out"
size = 2
tau_mem = "3.4760594967822069104 ms"
tau_syn = "1.4426950408889634074 ms"
[[projection]]
from = "in"
to = "out"
weight = 1.7899644663595754358
delay = "1 ms"
[loss]
kind = "first_spike_cross_entropy"
population = "out"
label = 0
[chip]
weight_exponent = "auto"
)";

// One input spike: a = 127 of 2^15. A quarter of it is filled by 2^6 times that, and not by 2^7.
Trial quiet() { return {10.0, {{1.0, 0}}}; }
// All at once: a = 64 x 127 = 8128 of 2^15, a quarter but for a hundredth. Not even twice that fits.
Trial loud() {
  Trial trial{10.0, {}};
  for (NeuronId n = 0; n < 64; ++n) trial.inputs.push_back({1.0, n});
  return trial;
}

std::shared_ptr<const LabelledTrials> part(std::vector<Trial> trials) {
  std::vector<int> labels(trials.size(), 0);
  return std::make_shared<TrialList>(std::move(trials), std::move(labels));
}

int exponent(const std::vector<Trial>& train, const std::vector<Trial>& validation,
             const std::vector<Trial>& test) {
  const Scenario scenario = parse_scenario(text, "x.toml");
  const Dataset dataset({"by hand", 64, {"0", "1"}, 10.0}, part(train), part(validation),
                        part(test));
  const OnChip on_chip = put_on_chip(scenario, scenario.network, dataset);
  REQUIRE(on_chip.calibration);
  CHECK(on_chip.options.weight_exponent == on_chip.calibration->options.weight_exponent);
  return on_chip.options.weight_exponent;
}

}  // namespace

TEST_CASE("the chip is calibrated on the training part alone") {
  CHECK(exponent({quiet()}, {loud()}, {loud()}) == 6);
  CHECK(exponent({loud()}, {quiet()}, {quiet()}) == 0);
}

TEST_CASE("the chip is calibrated on the first 300 training trials") {
  std::vector<Trial> trials(301, quiet());
  trials[300] = loud();
  CHECK(exponent(trials, {}, {}) == 6);
  trials[299] = loud();
  CHECK(exponent(trials, {}, {}) == 0);
}
