// Schedules of learning rates against numbers worked by hand from the formulas of schedule.hpp.
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/adjoint/train/schedule.hpp>

using namespace retrograde;

namespace {

// The factor of one schedule for all rates.
double factor(const Schedule& schedule, std::uint32_t epochs, const TrainingPlace& place) {
  return rate_factors({1.0, {schedule}, epochs}, {}, place).of(RateClass::weight);
}

}  // namespace

TEST_CASE("without a schedule rates are whole, or decay with every epoch and not within one") {
  CHECK(rate_factors({}, {}, {7, 3, 5}).of(ParameterKind::tau_mem) == 1.0);
  CHECK(rate_factors({0.5, {}, 10}, {}, {3, 0, 5}).of(ParameterKind::delay) == 0.125);
  CHECK(rate_factors({0.5, {}, 10}, {}, {3, 4, 5}).of(ParameterKind::delay) == 0.125);
}

TEST_CASE("ease-in grows by a factor per batch over all epochs until the rate is whole") {
  const Schedule s{EaseIn{0.01, 1.05}};
  CHECK(factor(s, 50, {0, 0, 10}) == 0.01);
  CHECK(factor(s, 50, {0, 1, 10}) == Approx(0.0105).epsilon(1e-14));
  CHECK(factor(s, 50, {1, 2, 10}) == Approx(0.01 * 1.7958563260221292).epsilon(1e-14));  // ^12
  CHECK(factor(s, 50, {9, 4, 10}) == Approx(0.9812826328).epsilon(1e-9));                // ^94
  CHECK(factor(s, 50, {9, 5, 10}) == 1.0);
  // From 1e-3, as published, it takes ln 1000 / ln 1.05 = 141.6 batches.
  CHECK(factor({EaseIn{}}, 50, {0, 141, 300}) < 1.0);
  CHECK(factor({EaseIn{}}, 50, {0, 142, 300}) == 1.0);
  CHECK(factor({EaseIn{}}, 50, {4000000, 0, 300}) == 1.0);
}

TEST_CASE("a cosine falls from 1 to its end, by batches or by epochs, and stays there") {
  const Schedule by_batch{Cosine{0.2, Every::batch}}, by_epoch{Cosine{0.2, Every::epoch}};
  CHECK(factor(by_batch, 4, {0, 0, 2}) == 1.0);
  CHECK(factor(by_batch, 4, {2, 0, 2}) == Approx(0.6).epsilon(1e-14));
  CHECK(factor(by_batch, 4, {1, 0, 2}) ==
        Approx(0.2 + 0.4 * (1.0 + std::sqrt(0.5))).epsilon(1e-14));
  CHECK(factor(by_batch, 4, {1, 1, 2}) == Approx(0.7530733729460359).epsilon(1e-14));  // x = 3/8
  CHECK(factor(by_epoch, 4, {1, 1, 2}) == factor(by_batch, 4, {1, 0, 2}));
  for (const std::uint32_t late : {4u, 5u, 1000u}) {
    CHECK(factor(by_batch, 4, {late, 0, 2}) == Approx(0.2).epsilon(1e-14));
    CHECK(factor(by_epoch, 4, {late, 1, 2}) == Approx(0.2).epsilon(1e-14));
  }
  CHECK(std::fabs(factor({Cosine{}}, 4, {4, 0, 2})) < 1e-16);
}

TEST_CASE("one cycle: 2e-4, 5e-3 after 45 of 150 epochs and 2e-8 at the end, for a rate of 5e-3") {
  const Schedule s{OneCycle{0.04, 0.3, 4e-6, Every::epoch}};
  const auto rate = [&](std::uint32_t epoch) { return 5e-3 * factor(s, 150, {epoch, 1, 2}); };
  CHECK(rate(0) == Approx(2e-4).epsilon(1e-14));
  CHECK(rate(45) == Approx(5e-3).epsilon(1e-14));
  CHECK(rate(150) == Approx(2e-8).epsilon(1e-8));
  CHECK(rate(44) < rate(45));
  CHECK(rate(46) < rate(45));
  // Halfway up and halfway down, between two epochs.
  const Schedule by_batch{OneCycle{}};
  CHECK(factor(by_batch, 150, {22, 1, 2}) == Approx(0.52).epsilon(1e-14));
  CHECK(factor(by_batch, 150, {97, 1, 2}) == Approx(0.500002).epsilon(1e-12));
}

TEST_CASE("one cycle takes the momentum from 0.95 to 0.85 at the peak and back, if it is told to") {
  // OneCycleLR of PyTorch, whose default that is; halfway along either half cosine it is 0.9.
  Schedules schedules{1.0, {{OneCycle{}, {true, false, true}}}, 150};
  const auto momentum = [&](std::uint32_t epoch, std::uint64_t batch, ParameterKind kind) {
    return rate_factors(schedules, {}, {epoch, batch, 2}).momentum_of(kind);
  };
  CHECK_FALSE(momentum(0, 0, ParameterKind::weight));
  std::get<OneCycle>(schedules.list[0].shape).momentum = {0.85, 0.95};
  CHECK(*momentum(0, 0, ParameterKind::weight) == Approx(0.95).epsilon(1e-14));
  CHECK(*momentum(22, 1, ParameterKind::weight) == Approx(0.9).epsilon(1e-14));
  CHECK(*momentum(45, 0, ParameterKind::bias) == Approx(0.85).epsilon(1e-14));
  CHECK(*momentum(97, 1, ParameterKind::weight) == Approx(0.9).epsilon(1e-14));
  CHECK(*momentum(150, 0, ParameterKind::weight) == Approx(0.95).epsilon(1e-14));
  CHECK_FALSE(momentum(45, 0, ParameterKind::delay));
}

TEST_CASE("a plateau halves the rate when the fast average does not lie above the slow one") {
  const Schedules schedules{1.0, {{Plateau{0.5, 0.5, 0.75, 2}}}, 100};
  std::vector<ScheduleState> states;
  const auto after = [&](std::uint32_t epoch, double value) {
    watch(schedules, states, epoch, value);
    return rate_factors(schedules, states, {epoch + 1, 0, 1}).of(RateClass::weight);
  };
  CHECK(rate_factors(schedules, states, {0, 0, 1}).of(RateClass::weight) == 1.0);
  CHECK(after(0, 0.4) == 1.0);  // 0.4 and 0.4
  CHECK(after(1, 0.8) == 1.0);  // 0.6 and 0.5
  CHECK(states[0].fast == Approx(0.6).epsilon(1e-15));
  CHECK(states[0].slow == Approx(0.5).epsilon(1e-15));
  CHECK(after(2, 0.8) == 1.0);  // 0.7 and 0.575
  CHECK(after(3, 0.2) == 0.5);  // 0.45 and 0.48125
  CHECK(states[0].slow == Approx(0.48125).epsilon(1e-15));
  CHECK(after(4, 0.2) == 0.5);  // too early
  CHECK(after(5, 0.2) == 0.5);
  CHECK(after(6, 0.2) == 0.25);
  // What grows without end is left alone.
  states.clear();
  for (std::uint32_t epoch = 0; epoch < 50; ++epoch) CHECK(after(epoch, 0.1 * epoch) == 1.0);
  // The default is the published one: not before 51 epochs.
  const Schedules published{1.0, {{Plateau{}}}, 100};
  states.clear();
  for (std::uint32_t epoch = 0; epoch < 51; ++epoch) watch(published, states, epoch, 0.5);
  CHECK(states[0].factor == 1.0);
  watch(published, states, 51, 0.5);
  CHECK(states[0].factor == 0.5);
}

TEST_CASE("schedules are multiplied, each on the rates that it moves") {
  const Schedules schedules{
      0.5, {{EaseIn{0.1, 2.0}, {true, false, false}}, {Cosine{}, {true, true, false}}}, 4};
  const RateFactors f = rate_factors(schedules, {}, {2, 1, 2});  // batch 5: x = 5/8
  const double cosine = 0.5 * (1.0 + std::cos(0.625 * 3.14159265358979323846));
  CHECK(f.of(ParameterKind::weight) == Approx(0.25 * cosine));
  CHECK(f.of(ParameterKind::axonal_delay) == Approx(0.25 * cosine));
  CHECK(f.of(ParameterKind::bias) == 0.25);
  const RateFactors start = rate_factors(schedules, {}, {0, 1, 2});
  CHECK(start.of(ParameterKind::weight) ==
        Approx(0.2 * 0.5 * (1.0 + std::cos(0.3926990816987241))));
}
