// Pairs that are not in a list, by rank, and who is drawn of them. References: the list itself, and the
// exchanges of Fisher and Yates on it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>
#include <set>

#include <retrograde/adjoint/train/structure/absent.hpp>
#include <retrograde/events/error.hpp>

using namespace retrograde;

TEST_CASE("the pairs of some ranges that are absent have the ranks that they have in a list") {
  Random random(3, "absent");
  for (int repeat = 0; repeat < 300; ++repeat) {
    // Up to four ranges with gaps, some of them empty; present pairs inside and outside.
    std::vector<PairRange> ranges;
    PairId at = 0;
    for (std::uint64_t k = random.index(4) + 1; k > 0; --k) {
      const PairId begin = at + random.index(5);
      at = begin + random.index(12);
      ranges.push_back({begin, at});
    }
    std::vector<PairId> present, listed;
    const double density = random.uniform();
    for (PairId pair = 0; pair < at + 5; ++pair) {
      const bool inside = std::any_of(ranges.begin(), ranges.end(), [&](const PairRange& range) {
        return pair >= range.begin && pair < range.end;
      });
      if (random.uniform() < density)
        present.push_back(pair);
      else if (inside)
        listed.push_back(pair);
    }
    const AbsentPairs absent(ranges, present);
    REQUIRE(absent.size() == listed.size());
    for (std::size_t rank = 0; rank < listed.size(); ++rank) CHECK(absent[rank] == listed[rank]);
    CHECK_THROWS_AS(absent[listed.size()], InternalError);
  }
}

TEST_CASE("ranks reach the ends of 10^18 pairs") {
  const PairId many = 1'000'000'000'000'000'000;
  const AbsentPairs absent({{0, many}}, std::vector<PairId>{0, 5, many - 1});
  CHECK(absent.size() == many - 3);
  CHECK(absent[0] == 1);
  CHECK(absent[3] == 4);
  CHECK(absent[4] == 6);
  CHECK(absent[many - 4] == many - 2);
}

TEST_CASE("distinct numbers are those that exchanges of a list draw first") {
  for (const std::uint64_t n : {1u, 2u, 7u, 40u})
    for (std::uint64_t count = 0; count <= n; ++count) {
      std::vector<std::uint64_t> list(n);
      std::iota(list.begin(), list.end(), std::uint64_t{0});
      Random random(5, "exchange", n);
      for (std::uint64_t k = 0; k < count; ++k) std::swap(list[k], list[k + random.index(n - k)]);
      list.resize(count);
      CHECK(draw_distinct(n, count, Random(5, "exchange", n)) == list);
    }
  CHECK_THROWS_AS(draw_distinct(3, 4, Random(5, "exchange")), InternalError);
}

TEST_CASE("of absent pairs each is drawn as often as another, and none that is present") {
  // 12 of 20 are absent; 3 of them at a time: each in a quarter of the draws. 6 standard deviations of
  // a binomial count.
  const std::vector<PairId> present = {1, 2, 5, 9, 11, 14, 18, 19};
  const AbsentPairs absent({{0, 8}, {8, 20}}, present);
  REQUIRE(absent.size() == 12);
  std::vector<int> counts(20, 0);
  const int repeats = 20'000;
  for (std::uint64_t repeat = 0; repeat < repeats; ++repeat) {
    std::set<PairId> drawn;
    for (const std::uint64_t rank : draw_distinct(12, 3, Random(7, "draw", repeat)))
      drawn.insert(absent[rank]);
    CHECK(drawn.size() == 3);
    for (const PairId pair : drawn) ++counts[pair];
  }
  for (PairId pair = 0; pair < 20; ++pair) {
    if (std::binary_search(present.begin(), present.end(), pair))
      CHECK(counts[pair] == 0);
    else
      CHECK(std::abs(counts[pair] - repeats / 4) < 6 * 61);
  }
}
