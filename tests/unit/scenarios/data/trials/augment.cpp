// Changes that training sees: each as it is defined, the same for whoever asks, another each epoch.
#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include <retrograde/scenarios/data/trials/augment.hpp>

using namespace retrograde;

namespace {

// One event of every unit, at distinct times.
EventSample ladder(std::uint32_t units) {
  EventSample sample;
  for (std::uint32_t u = 0; u < units; ++u) {
    sample.times.push_back(10.0 + u);
    sample.units.push_back(u);
  }
  return sample;
}

EventSample shown(const EventSample& sample, const Augmentation& how, std::uint32_t epoch,
                  std::uint32_t index, std::uint32_t units = 100) {
  return augmented(sample, how, units, {7, epoch, index});
}

}  // namespace

TEST_CASE("a shift moves all units by one number, and drops what leaves them") {
  Augmentation how;
  how.shift = 3;
  const EventSample sample = ladder(100);
  std::set<std::int64_t> seen;
  for (std::uint32_t index = 0; index < 200; ++index) {
    const EventSample moved = shown(sample, how, 0, index);
    // The event at 60 ms was of unit 50.
    std::size_t k = 0;
    while (moved.times[k] != 60.0) ++k;
    const std::int64_t by = std::int64_t{moved.units[k]} - 50;
    seen.insert(by);
    CHECK(moved.units.size() == 100 - static_cast<std::size_t>(std::abs(by)));
    for (std::size_t e = 0; e < moved.units.size(); ++e)
      CHECK(moved.units[e] == moved.times[e] - 10 + static_cast<double>(by));
  }
  CHECK(seen == std::set<std::int64_t>{-3, -2, -1, 0, 1, 2, 3});
}

TEST_CASE("dilation is one factor for a sample, within its bounds") {
  Augmentation how;
  how.dilation = 0.2;
  double low = 2, high = 0;
  for (std::uint32_t index = 0; index < 500; ++index) {
    const EventSample sample = shown(ladder(5), how, 0, index);
    const double factor = sample.times[0] / 10.0;
    for (std::size_t k = 0; k < 5; ++k)
      CHECK(sample.times[k] == Approx(factor * (10.0 + static_cast<double>(k))));
    low = std::min(low, factor);
    high = std::max(high, factor);
  }
  CHECK((low >= 0.8 && low < 0.81 && high < 1.2 && high > 1.19));
}

TEST_CASE("jitter has its standard deviation and leaves nothing before the start") {
  Augmentation how;
  how.jitter = 2.0;
  EventSample sample;
  for (int k = 0; k < 20'000; ++k) {
    sample.times.push_back(k < 10'000 ? 0.0 : 500.0);
    sample.units.push_back(0);
  }
  const EventSample moved = shown(sample, how, 0, 0);
  REQUIRE(moved.times.size() == sample.times.size());
  double at_start = 0, later = 0, mean = 0;
  for (const Time t : moved.times) {
    CHECK(t >= 0);
    if (t < 250) {
      at_start += t * t;
    } else {
      later += (t - 500) * (t - 500);
      mean += t - 500;
    }
  }
  // Second moments of 10,000 normal numbers: 4 +- 0.06 (one standard deviation).
  CHECK(at_start / 10'000 == Approx(4.0).margin(0.25));
  CHECK(later / 10'000 == Approx(4.0).margin(0.25));
  CHECK(mean / 10'000 == Approx(0.0).margin(0.08));
}

TEST_CASE("deletion takes its share") {
  Augmentation how;
  how.deletion = 0.3;
  std::size_t left = 0;
  for (std::uint32_t index = 0; index < 200; ++index)
    left += shown(ladder(100), how, 0, index).times.size();
  // 20,000 spikes: 14,000 +- 65.
  CHECK(left == Approx(14'000).margin(300));
}

TEST_CASE("a blend aligns two samples half way and keeps half of each") {
  // Centres: unit 20 at 100 ms; unit 25 at 131 ms. Half the difference: 2.5 units, which rounds to 3
  // away from zero, and 15.5 ms.
  EventSample a, b;
  for (int k = 0; k < 1000; ++k) {
    a.times.push_back(100.0);
    a.units.push_back(20);
    b.times.push_back(131.0);
    b.units.push_back(25);
  }
  const EventSample both = blended(a, b, 100, {7, 0, 0});
  std::size_t of_a = 0, of_b = 0;
  for (std::size_t k = 0; k < both.times.size(); ++k) {
    CHECK(both.times[k] == 115.5);
    of_a += both.units[k] == 23;
    of_b += both.units[k] == 22;
  }
  CHECK(of_a + of_b == both.times.size());
  CHECK(of_a == Approx(500).margin(80));
  CHECK(of_b == Approx(500).margin(80));
  // What is moved out of the units or before the start is gone.
  CHECK(blended({{100.0}, {0}}, {{0.0}, {99}}, 10, {7, 0, 0}).times.empty());
  CHECK(blended({}, b, 100, {7, 0, 0}) == b);
  CHECK(blended(a, {}, 100, {7, 0, 0}) == a);
}

TEST_CASE("what is shown depends on seed, epoch and sample, and on nothing else") {
  Augmentation how{.shift = 20, .dilation = 0.1, .jitter = 1.0, .deletion = 0.2};
  const EventSample sample = ladder(100);
  CHECK(shown(sample, how, 3, 5) == shown(sample, how, 3, 5));
  CHECK_FALSE(shown(sample, how, 3, 5) == shown(sample, how, 4, 5));
  CHECK_FALSE(shown(sample, how, 3, 5) == shown(sample, how, 3, 6));
  CHECK_FALSE(augmented(sample, how, 100, {7, 3, 5}) == augmented(sample, how, 100, {8, 3, 5}));
  // One change does not depend on whether another is switched on.
  Augmentation shift_only;
  shift_only.shift = 20;
  Augmentation both = shift_only;
  both.dilation = 0.1;
  CHECK(shown(sample, shift_only, 1, 1).units == shown(sample, both, 1, 1).units);
  CHECK(shown(sample, {}, 1, 1) == sample);
}
