// The trials that a report shows: the first, and the first that is decided wrongly.
#include <catch2/catch.hpp>
#include <vector>

#include <retrograde/scenarios/run/evaluation/sample.hpp>

#include "tests/support/two_ways.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

std::vector<SampleRun> shown(std::size_t size, const std::vector<std::size_t>& wrong,
                             bool labelled = true) {
  const Scenario scenario = two_ways();
  return shown_samples(scenario, *scenario.machine(scenario.network),
                       two_ways_data(size, wrong, labelled), Part::test);
}

}  // namespace

TEST_CASE("the samples of a report are the first trial and the first mistake") {
  const std::vector<SampleRun> samples = shown(160, {117, 140});
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
  CHECK(shown(160, {}).size() == 1);
  const std::vector<SampleRun> first = shown(160, {0});
  REQUIRE(first.size() == 1);
  CHECK(first[0].decision == 1);
  CHECK(shown(160, {0, 5}).size() == 1);
  CHECK(shown(160, {5}, false).size() == 1);  // nothing is wrong without labels
  CHECK(shown(0, {}).empty());
}
