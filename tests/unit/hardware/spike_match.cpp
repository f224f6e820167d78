// Partners of spikes, by hand; and against the definition on random trains.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/hardware/spike_match.hpp>

using namespace retrograde;

namespace {

using Times = std::vector<Time>;
SpikeTrains trains(std::vector<std::optional<Times>> hidden) {
  return {{{"hidden", std::move(hidden)}}};
}

}  // namespace

TEST_CASE("match: partners, their shift, and the first spike that has none") {
  const SpikeMatch m =
      match(trains({Times{1, 5, 9}, Times{2}}), trains({Times{1.5, 9.25}, Times{}}), 0.5);
  REQUIRE(m.populations.size() == 1);
  const MatchedPopulation& p = m.populations[0];
  CHECK(p.neurons == 2);
  CHECK(p.spikes_a == 4);
  CHECK(p.spikes_b == 2);
  CHECK(p.matched == 2);
  CHECK(p.mean == 0.375);
  CHECK(p.deviation == Approx(std::sqrt((0.25 + 0.0625) / 2)));
  CHECK(p.largest == 0.5);
  REQUIRE(m.first);
  CHECK(m.first->neuron == 1);
  CHECK(m.first->time == 2.0);
  CHECK(m.first->on_a);
  CHECK_FALSE(m.first->nearest);
}

TEST_CASE("match: a spike of B alone, and the nearest of A") {
  const SpikeMatch m = match(trains({Times{1, 20}}), trains({Times{1, 12, 20}}), 1.0);
  REQUIRE(m.first);
  CHECK_FALSE(m.first->on_a);
  CHECK(m.first->time == 12.0);
  CHECK(m.first->nearest == 20.0);
}

TEST_CASE("match: neurons that one side did not record are left out, populations named") {
  SpikeTrains a = trains({Times{1}, std::nullopt}), b = trains({Times{1}, Times{3}});
  a.populations.push_back({"in", {Times{}}});
  b.populations.push_back({"out", {Times{}}});
  const SpikeMatch m = match(a, b, 0.0);
  CHECK_FALSE(m.first);
  CHECK(m.populations[0].neurons == 1);
  CHECK(m.only_a == std::vector<std::string>{"in"});
  CHECK(m.only_b == std::vector<std::string>{"out"});
  CHECK_THROWS_AS(match(trains({std::nullopt}), b, 0.0), NetworkError);
  CHECK_THROWS_AS(match(a, b, 0.0, {"in"}), NetworkError);
}

TEST_CASE("match: on random trains, as many partners as any pairing in order can have") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Random random(seed, "match");
    const auto train = [&] {
      Times times(random.index(12));
      for (Time& t : times) t = random.uniform(0.0, 20.0);
      std::sort(times.begin(), times.end());
      return times;
    };
    const Times a = train(), b = train();
    if (a.empty() && b.empty()) continue;
    const double tolerance = random.uniform(0.0, 3.0);
    // Longest common subsequence of spikes within the tolerance.
    std::vector<std::vector<std::size_t>> best(a.size() + 1,
                                               std::vector<std::size_t>(b.size() + 1, 0));
    for (std::size_t i = 1; i <= a.size(); ++i)
      for (std::size_t j = 1; j <= b.size(); ++j)
        best[i][j] =
            std::max({best[i - 1][j], best[i][j - 1],
                      best[i - 1][j - 1] + (std::abs(a[i - 1] - b[j - 1]) <= tolerance ? 1 : 0)});
    const SpikeMatch m = match(trains({a}), trains({b}), tolerance);
    CHECK(m.populations[0].matched == best[a.size()][b.size()]);
    CHECK(m.first.has_value() == (m.populations[0].matched < std::max(a.size(), b.size())));
  }
}
