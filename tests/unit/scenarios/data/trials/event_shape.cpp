#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/data/trials/event_shape.hpp>
#include <retrograde/scenarios/data/trials/rate_free.hpp>

using namespace retrograde;

TEST_CASE("events beyond the end of the trial are left out, all others keep their bits") {
  EventShape shape{.duration = 10.0, .units = 4};
  const Trial trial = to_trial({{0.0, 0.1, 9.999, 10.0, 12.0}, {3, 0, 1, 2, 2}}, shape, 5);
  CHECK(trial.duration == 10.0);
  CHECK(trial.inputs == std::vector<Spike>{{0.0, 8}, {0.1, 5}, {9.999, 6}});
}

TEST_CASE("bins have their start as time and hold one spike of a unit") {
  EventShape shape{.duration = 10.0, .bin = 1.0, .units = 4};
  const Trial trial = to_trial({{0.25, 0.5, 0.75, 1.0, 1.5, 9.99}, {1, 0, 1, 1, 1, 2}}, shape, 0);
  CHECK(trial.inputs == std::vector<Spike>{{0.0, 0}, {0.0, 1}, {1.0, 1}, {9.0, 2}});
  // No bin begins behind what is in it, whatever divisions round to.
  shape.bin = 0.1;
  for (int k = 0; k < 1000; ++k) {
    const Time t = std::nextafter(k * 0.1, 0.0);
    if (!(t < shape.duration)) break;
    const Trial one = to_trial({{t}, {0}}, shape, 0);
    REQUIRE(one.inputs.size() == 1);
    CHECK(one.inputs[0].time <= t);
    CHECK(one.inputs[0].time > t - 0.1001);
  }
}

TEST_CASE("neighbouring units are merged, and the trial speaks to fewer neurons") {
  EventShape shape{.duration = 10.0, .units = 7, .merge = 3};
  CHECK(shape.inputs() == 3);
  const Trial trial = to_trial({{1.0, 1.0, 1.0, 2.0}, {0, 2, 6, 3}}, shape, 0);
  CHECK(trial.inputs == std::vector<Spike>{{1.0, 0}, {1.0, 0}, {1.0, 2}, {2.0, 1}});
}

TEST_CASE("equal counts: quantiles of a unit's own spikes") {
  const auto times_of = [](const EventSample& sample, std::uint32_t unit) {
    std::vector<Time> times;
    for (std::size_t k = 0; k < sample.times.size(); ++k)
      if (sample.units[k] == unit) times.push_back(sample.times[k]);
    return times;
  };
  // Unit 0: three spikes; unit 1: none; unit 2: one; unit 3: none.
  const EventSample sample{{0.3, 1.7, 4.0, 9.1}, {0, 0, 2, 0}};
  const EventSample three = equal_counts(sample, 4, 3, 10.0);
  CHECK(three.times.size() == 12);
  CHECK(times_of(three, 0) == std::vector<Time>{0.3, 1.7, 9.1});  // as they are, bit for bit
  CHECK(times_of(three, 1) == times_of(three, 0));                // of two neighbours the lower
  // One spike stands at the quantile 1/2: 1/6 is a third of the way to it, 5/6 two thirds beyond.
  const std::vector<Time> spread = times_of(three, 2);
  CHECK(spread[0] == Approx(4.0 / 3));
  CHECK(spread[1] == 4.0);
  CHECK(spread[2] == Approx(4.0 + 6.0 * 2 / 3));
  CHECK(times_of(three, 3) == spread);
  // The median of three; the quantiles 1/4 and 3/4 of three, between 1/6, 1/2 and 5/6.
  CHECK(times_of(equal_counts(sample, 4, 1, 10.0), 0) == std::vector<Time>{1.7});
  const std::vector<Time> two = times_of(equal_counts(sample, 4, 2, 10.0), 0);
  CHECK(two[0] == Approx(0.3 + 0.25 * (1.7 - 0.3)));
  CHECK(two[1] == Approx(1.7 + 0.75 * (9.1 - 1.7)));
  // Nothing at all: evenly.
  CHECK(equal_counts({}, 2, 2, 10.0) == EventSample{{2.5, 2.5, 7.5, 7.5}, {0, 1, 0, 1}});
}

TEST_CASE("equal counts tell nothing of how many spikes there were, and stay within the trial") {
  for (std::uint64_t k = 0; k < 300; ++k) {
    Random random(9, "counts", k);
    EventSample sample;
    const std::uint64_t events = random.index(60);
    for (std::uint64_t e = 0; e < events; ++e) {
      sample.times.push_back(e % 7 == 0 ? std::nextafter(10.0, 0.0) : random.uniform(0.0, 10.0));
      sample.units.push_back(static_cast<std::uint32_t>(random.index(9)));
    }
    put_in_order(sample);
    for (const std::uint32_t count : {1u, 4u, 31u}) {
      const EventSample equal = equal_counts(sample, 9, count, 10.0);
      std::vector<std::uint32_t> counts(9);
      for (const std::uint32_t unit : equal.units) ++counts[unit];
      CHECK(counts == std::vector<std::uint32_t>(9, count));
      CHECK((equal.times.front() >= 0 && equal.times.back() < 10.0));
      EventSample again = equal;
      CHECK(put_in_order(again));
    }
  }
}

TEST_CASE("backward is from the end, and twice is as before") {
  const EventSample sample{{0.0, 1.0, 1.0, 7.0}, {2, 1, 3, 0}};
  const EventSample back = backward(sample, 8.0);
  CHECK(back == EventSample{{1.0, 7.0, 7.0, std::nextafter(8.0, 0.0)}, {0, 1, 3, 2}});
  CHECK(backward({{1.0, 7.0}, {0, 1}}, 8.0) == EventSample{{1.0, 7.0}, {1, 0}});
  EventShape shape{.duration = 8.0, .units = 4, .backward = true};
  // What lies beyond the end is gone before.
  CHECK(to_trial({{1.0, 9.0}, {0, 1}}, shape, 0).inputs == std::vector<Spike>{{7.0, 0}});
}
