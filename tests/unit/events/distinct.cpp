// Different numbers out of many. References: sets, and the chi-square of counts, whose mean is its
// degrees of freedom f and whose deviation sqrt(2 f); five of these are allowed.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include <retrograde/events/distinct.hpp>

using namespace retrograde;

namespace {

std::vector<std::uint64_t> drawn(std::uint64_t count, std::uint64_t n, std::uint64_t entity) {
  Random random(1, "distinct", entity);
  std::vector<std::uint64_t> numbers;
  for_each_distinct(count, n, random, [&](std::uint64_t k, std::uint64_t number) {
    REQUIRE(k == numbers.size());
    numbers.push_back(number);
  });
  return numbers;
}

template <typename Key>
void check_even(const std::map<Key, double>& counts, std::size_t cells, double total) {
  const double expected = total / static_cast<double>(cells);
  double chi = expected * static_cast<double>(cells - counts.size());
  for (const auto& [key, count] : counts) chi += (count - expected) * (count - expected) / expected;
  const auto freedom = static_cast<double>(cells - 1);
  CAPTURE(chi, freedom);
  CHECK(std::fabs(chi - freedom) < 5.0 * std::sqrt(2.0 * freedom));
}

}  // namespace

TEST_CASE("distinct numbers are as many as asked for, below n, and every set is as likely") {
  for (const std::uint64_t n : {1ull, 5ull, 100ull, 1ull << 60})
    for (const std::uint64_t count : {0ull, 1ull, 4ull, 100ull}) {
      if (count > n) continue;
      const auto numbers = drawn(count, n, n + count);
      CHECK(std::set(numbers.begin(), numbers.end()).size() == count);
      for (const std::uint64_t number : numbers) CHECK(number < n);
    }
  std::map<std::set<std::uint64_t>, double> sets;  // 3 of 7: 35 sets
  constexpr int draws = 70'000;
  for (int k = 0; k < draws; ++k) {
    const auto numbers = drawn(3, 7, static_cast<std::uint64_t>(k));
    sets[{numbers.begin(), numbers.end()}] += 1.0;
  }
  check_even(sets, 35, draws);
}

TEST_CASE("a random order has every number once") {
  for (const std::uint64_t n : {1ull, 2ull, 3ull, 10ull, 97ull, 10'000ull}) {
    const RandomOrder order(3, "order", n);
    std::vector<char> met(n, 0);
    for (std::uint64_t k = 0; k < n; ++k) {
      REQUIRE(order.at(k) < n);
      REQUIRE(met[order.at(k)]++ == 0);
    }
  }
  CHECK(RandomOrder(3, "order", 1000).at(7) != RandomOrder(4, "order", 1000).at(7));
}

TEST_CASE("the beginning of a random order lies evenly, in one cell and in pairs of them") {
  constexpr std::uint64_t n = 1'000'000'000'000, count = 100'000, cells = 1000;
  const RandomOrder order(1, "even", n);
  std::map<std::uint64_t, double> first, last;
  std::map<std::pair<std::uint64_t, std::uint64_t>, double> pairs;
  for (std::uint64_t k = 0; k < count; ++k) {
    const std::uint64_t number = order.at(k);
    first[number / (n / cells)] += 1.0;
    last[number % cells] += 1.0;
    pairs[{number / (n / 32), order.at(k + 1) / (n / 32)}] += 1.0;
  }
  check_even(first, cells, count);
  check_even(last, cells, count);
  check_even(pairs, 32 * 32, count);
}
