// Lists of arrivals give back what was put in, in order, and hand their blocks on. Reference: a vector per
// list.
#include <catch2/catch.hpp>
#include <cstdint>
#include <vector>

#include <retrograde/engine/windowed/arrival_lists.hpp>
#include <retrograde/events/random.hpp>

using namespace retrograde;

TEST_CASE("lists of arrivals keep all of them in order") {
  constexpr std::size_t slots = 8;
  ArrivalLists lists(slots);
  std::vector<std::vector<std::uint32_t>> expected(slots);
  Random random(1, "lists");
  std::uint32_t next = 0;
  for (int round = 0; round < 400; ++round) {
    for (std::uint64_t k = random.index(round % 7 == 0 ? 900 : 60); k > 0; --k) {
      const std::size_t slot = random.index(slots);
      lists.add(slot, {0.5 * next, 1.0 / (1.0 + next), next + 1, next});
      expected[slot].push_back(next++);
    }
    const std::size_t slot = random.index(slots);
    std::vector<std::uint32_t> got;
    lists.for_each_stretch(slot, [&](const Arrival* arrivals, std::size_t size) {
      REQUIRE(size > 0);
      REQUIRE(size <= ArrivalLists::block);
      for (std::size_t k = 0; k < size; ++k) {
        REQUIRE(arrivals[k].time == 0.5 * arrivals[k].order);
        REQUIRE(arrivals[k].target == arrivals[k].order + 1);
        got.push_back(arrivals[k].order);
      }
    });
    REQUIRE(got == expected[slot]);
    lists.clear(slot);
    expected[slot].clear();
  }
  CHECK(next > 10000);
  CHECK(ArrivalLists(0).empty());
  CHECK_FALSE(lists.empty());
}
