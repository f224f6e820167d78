// The trials that a report shows: the first, and the first that is decided wrongly.
#include <catch2/catch.hpp>
#include <memory>
#include <vector>

#include <retrograde/scenarios/run/sample.hpp>

using namespace retrograde;

namespace {

// Two inputs, each onto one of two outputs: what fires first decides, so input k means class k.
Scenario two_ways() {
  return parse_scenario(R"([scenario]
duration = "20 ms"
[[population]]
name = "in"
size = 2
[[population]]
name = "out"
size = 2
[[projection]]
from = "in"
to = "out"
connect = "one_to_one"
weight = 9.0
[loss]
kind = "first_spike_cross_entropy"
)",
                        "two_ways.toml");
}

// A test part of so many trials with the input of their class; trial `wrong` has the other one.
Dataset dataset(std::size_t size, std::size_t wrong) {
  std::vector<Trial> trials;
  std::vector<int> labels;
  for (std::size_t k = 0; k < size; ++k) {
    labels.push_back(static_cast<int>(k % 2));
    trials.push_back({20.0, {{1.0, static_cast<NeuronId>((k + (k == wrong ? 1 : 0)) % 2)}}});
  }
  return Dataset({"two ways", 2, {"a", "b"}, 20.0}, no_samples(), no_samples(),
                 std::make_shared<TrialList>(std::move(trials), std::move(labels)));
}

std::vector<SampleRun> shown(std::size_t size, std::size_t wrong) {
  const Scenario scenario = two_ways();
  return shown_samples(scenario, *scenario.machine(scenario.network), dataset(size, wrong),
                       Part::test);
}

}  // namespace

TEST_CASE("the samples of a report are the first trial and the first mistake") {
  const std::vector<SampleRun> samples = shown(160, 117);
  REQUIRE(samples.size() == 2);
  CHECK(samples[0].index == 0);
  CHECK(samples[0].label == 0);
  CHECK(samples[0].decision == 0);
  CHECK(samples[1].index == 117);
  CHECK(samples[1].label == 1);
  CHECK(samples[1].decision == 0);
  // Every spike, and the voltages of both outputs.
  CHECK(samples[0].tape.spikes.size() == 2);
  REQUIRE(samples[0].recordings.size() == 1);
  CHECK(samples[0].recordings[0].v.size() == 2);
}

TEST_CASE("without a mistake, or with the first trial as the mistake, there is one sample") {
  CHECK(shown(160, 1000).size() == 1);
  const std::vector<SampleRun> first = shown(160, 0);
  REQUIRE(first.size() == 1);
  CHECK(first[0].decision == 1);
  CHECK(shown(0, 0).empty());
}
