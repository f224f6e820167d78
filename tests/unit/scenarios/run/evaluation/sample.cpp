// The trials that a report shows: the chosen one, and the worst ones.
#include <catch2/catch.hpp>
#include <vector>

#include <retrograde/scenarios/run/evaluation/sample.hpp>

#include "tests/support/two_ways.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

std::vector<SampleRun> shown(std::size_t size, std::size_t chosen,
                             const std::vector<std::size_t>& worst) {
  const Scenario scenario = two_ways();
  std::vector<JudgedTrial> trials;
  for (const std::size_t k : worst) trials.push_back({k, 1, 0, 0});
  return shown_samples(scenario, *scenario.machine(scenario.network),
                       two_ways_data(size, {117, 140}), Part::test, chosen, trials);
}

}  // namespace

TEST_CASE("the samples of a report are the chosen trial and the worst ones") {
  const std::vector<SampleRun> samples = shown(160, 2, {117, 140, 5, 9});
  REQUIRE(samples.size() == 1 + worst_samples);
  CHECK(samples[0].index == 2);
  CHECK(samples[0].label == 0);
  CHECK(samples[0].decision == 0);
  CHECK(samples[1].index == 117);
  CHECK(samples[1].label == 1);
  CHECK(samples[1].decision == 0);
  CHECK(samples[3].index == 5);
  // Every spike, and the voltages of both outputs.
  CHECK(samples[0].tape.spikes.size() == 2);
  REQUIRE(samples[0].recordings.size() == 1);
  CHECK(samples[0].recordings[0].v.size() == 2);
}

TEST_CASE("a chosen trial that is one of the worst is shown once, one that is not there is not") {
  CHECK(shown(160, 117, {117}).size() == 1);
  CHECK(shown(160, 0, {}).size() == 1);
  CHECK(shown(160, 160, {117}).empty());
}
