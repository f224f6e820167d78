// The order of events as events/order.hpp states it: time, arrivals before emissions, lower neuron,
// lower synapse, earlier spike. Reference: the sentence itself, spelled out as a chain of
// comparisons.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <vector>

#include <retrograde/events/order.hpp>
#include <retrograde/events/spike.hpp>

using namespace retrograde;

namespace {

constexpr Phase arrival = Phase::arrival, emission = Phase::emission;

// The documented rule, written without the compiler's help.
bool before(const EventKey& a, const EventKey& b) {
  if (a.time != b.time) return a.time < b.time;
  if (a.phase != b.phase) return a.phase == arrival;
  if (a.target != b.target) return a.target < b.target;
  if (a.synapse != b.synapse) return a.synapse < b.synapse;
  return a.sequence < b.sequence;
}

std::vector<EventKey> many_keys() {
  std::vector<EventKey> keys;
  for (const Time time : {0.0, 1.0, std::nextafter(1.0, 2.0), 1e300, never})
    for (const Phase phase : {arrival, emission})
      for (const NeuronId target : {0u, 1u, 0xffffffffu})
        for (const SynapseId synapse : {0u, 7u})
          for (const SpikeId sequence : {0u, 3u})
            keys.push_back({time, phase, target, synapse, sequence});
  return keys;
}

}  // namespace

TEST_CASE("an earlier event comes first, whatever else it is") {
  CHECK(EventKey{1.0, emission, 9, 9, 9} < EventKey{std::nextafter(1.0, 2.0), arrival, 0, 0, 0});
}

TEST_CASE("at one instant arrivals come before emissions") {
  CHECK(EventKey{1.0, arrival, 9, 9, 9} < EventKey{1.0, emission, 0, 0, 0});
}

TEST_CASE(
    "at one instant the lower neuron, then the lower synapse, then the earlier spike is first") {
  CHECK(EventKey{1.0, arrival, 2, 9, 9} < EventKey{1.0, arrival, 3, 0, 0});
  CHECK(EventKey{1.0, arrival, 2, 4, 9} < EventKey{1.0, arrival, 2, 5, 0});
  CHECK(EventKey{1.0, arrival, 2, 4, 6} < EventKey{1.0, arrival, 2, 4, 7});
  CHECK(EventKey{1.0, emission, 2, 0, 0} < EventKey{1.0, emission, 3, 0, 0});
}

TEST_CASE("the order of events agrees with its definition on every pair and is total") {
  const auto keys = many_keys();
  for (const EventKey& a : keys)
    for (const EventKey& b : keys) {
      REQUIRE((a < b) == before(a, b));
      REQUIRE((a == b) == (!before(a, b) && !before(b, a)));
      REQUIRE((a < b) + (b < a) + (a == b) == 1);
    }
}

TEST_CASE("sorting events gives one result from every arrangement of them") {
  auto keys = many_keys();
  std::sort(keys.begin(), keys.end());
  const auto sorted = keys;
  std::mt19937 random(1);
  for (int round = 0; round < 20; ++round) {
    std::shuffle(keys.begin(), keys.end(), random);
    std::sort(keys.begin(), keys.end());
    REQUIRE(keys == sorted);
  }
}

TEST_CASE("spikes are ordered by time, then by neuron") {
  CHECK(Spike{1.0, 5} < Spike{2.0, 0});
  CHECK(Spike{1.0, 0} < Spike{1.0, 1});
  CHECK(Spike{1.0, 3} == Spike{1.0, 3});
}
