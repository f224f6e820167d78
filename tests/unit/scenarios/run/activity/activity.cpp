// What spikes say of a population. References: closed forms for trains written down by hand, the
// definitions once more over the whole train, and what Poisson processes come to, within four standard
// errors of their own sample.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include <retrograde/events/random.hpp>
#include <retrograde/events/spike.hpp>
#include <retrograde/scenarios/run/activity/activity.hpp>

using namespace retrograde;

namespace {

Network inputs(const std::vector<std::uint32_t>& sizes) {
  NetworkBuilder builder;
  std::string name = "a";
  for (const std::uint32_t size : sizes) {
    builder.add({.name = name, .model = Model::input, .size = size});
    ++name[0];
  }
  return builder.build();
}

Tape tape(Time duration, std::vector<Spike> spikes) {
  std::sort(spikes.begin(), spikes.end());
  Tape result;
  result.duration = duration;
  for (const Spike& s : spikes) result.spikes.push_back({s.time, 0, 0, s.neuron});
  return result;
}

std::vector<Spike> poisson(NeuronId neurons, double rate, Time duration, std::uint64_t seed) {
  std::vector<Spike> spikes;
  for (NeuronId n = 0; n < neurons; ++n) {
    Random random(seed, "test/poisson", n);
    for (Time t = 0;;) {
      t -= std::log(1 - random.uniform()) * 1000 / rate;
      if (t >= duration) break;
      spikes.push_back({t, n});
    }
  }
  return spikes;
}

double mean(const std::vector<double>& x) {
  return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
}

double variance(const std::vector<double>& x) {
  double sum = 0;
  for (const double v : x) sum += (v - mean(x)) * (v - mean(x));
  return sum / static_cast<double>(x.size() - 1);
}

}  // namespace

TEST_CASE("clocks have their rate, no irregularity, and a synchrony of their number") {
  const Network network = inputs({4, 2});
  std::vector<Spike> spikes;
  // In the middle of every other bin of 3 ms, all four together; the second population says nothing.
  for (int k = 0; k < 100; ++k)
    for (NeuronId n = 0; n < 4; ++n) spikes.push_back({6.0 * k + 1.5, n});
  const auto all = firing_statistics(network, tape(600, spikes));
  REQUIRE(all.size() == 2);
  CHECK(all[0].spikes == 400);
  CHECK(all[0].rate == Approx(1000.0 / 6).epsilon(1e-14));
  CHECK(all[0].silent == 0);
  CHECK(all[0].cv.value() == Approx(0).margin(1e-12));
  // Six windows of 100 ms, 17, 17, 16, ... of the 100 spikes begin in them.
  CHECK(all[0].fano.value() == Approx((6.0 / 5) * (2 * 2.0 / 6 * 4.0 / 6) / 2 / (100.0 / 6)));
  // 200 bins, 4 spikes in every other: mean 2, squares about it 4 * 200 / 199.
  CHECK(all[0].synchrony.value() == Approx(4.0 * 200 / 199 / 2).epsilon(1e-14));
  // Of the first neuron alone a quarter of that.
  const auto one = firing_statistics(network, tape(600, spikes), {.most = 1});
  CHECK(one[0].synchrony.value() == Approx(200.0 / 199 / 2).epsilon(1e-14));
  CHECK(one[0].spikes == 400);

  CHECK(all[1].rate == 0);
  CHECK(all[1].silent == 1);
  CHECK_FALSE(all[1].cv);
  CHECK_FALSE(all[1].fano);
  CHECK_FALSE(all[1].synchrony);
}

TEST_CASE("the CV of two intervals that alternate is that of their sample") {
  const Network network = inputs({2});
  std::vector<Spike> spikes;
  Time t = 0;
  for (int k = 0; k <= 20; ++k) {
    spikes.push_back({t, 0});
    t += k % 2 == 0 ? 2.0 : 6.0;
  }
  spikes.push_back({1, 1});  // one interval has no deviation
  spikes.push_back({5, 1});
  FiringCounts counts(network, {});
  counts.add(tape(100, spikes));
  // Ten of each: mean 4, squares about it 20 * 4 / 19.
  const double cv = std::sqrt(80.0 / 19) / 4;
  CHECK(counts.statistics()[0].cv.value() == Approx(cv).epsilon(1e-14));
  CHECK(counts.cvs(0).size() == 1);
  CHECK(counts.rates(0) == std::vector<double>{210.0, 20.0});
}

TEST_CASE("only what lies in the stretch counts, and intervals do not go over its ends") {
  const Network network = inputs({1});
  const Tape trial = tape(100, {{1, 0}, {10, 0}, {20, 0}, {40, 0}, {50, 0}, {99, 0}});
  const auto all = firing_statistics(network, trial, {.from = 10, .to = 50});
  CHECK(all[0].spikes == 3);
  CHECK(all[0].rate == Approx(75));
  CHECK(all[0].cv.value() == Approx(std::sqrt(50.0) / 15));  // of 10 and 20
  CHECK_FALSE(all[0].fano);
  // A stretch beyond the end of a trial has no time in it.
  const auto none = firing_statistics(network, trial, {.from = 200});
  CHECK(none[0].spikes == 0);
  CHECK(none[0].rate == 0);
}

TEST_CASE("trials pool: intervals within each, windows and bins of all of them") {
  const Network network = inputs({1});
  FiringCounts counts(network, {});
  counts.add(tape(100, {{10, 0}, {20, 0}}));
  counts.add(tape(250, {{5, 0}, {25, 0}, {110, 0}, {249, 0}}));
  CHECK(counts.trials() == 2);
  CHECK(counts.time() == 350);
  const FiringStatistics all = counts.statistics()[0];
  CHECK(all.spikes == 6);
  CHECK(all.rate == Approx(6 / 0.35));
  // Intervals 10; 20, 85, 139.
  const std::vector<double> intervals = {10, 20, 85, 139};
  CHECK(all.cv.value() == Approx(std::sqrt(variance(intervals)) / mean(intervals)).epsilon(1e-14));
  // Whole windows: 2; 2, 1. The last 50 ms are none.
  CHECK(all.fano.value() == Approx((1.0 / 3) / (5.0 / 3)).epsilon(1e-14));
}

TEST_CASE("Poisson processes have a CV, a Fano factor and a synchrony of one") {
  constexpr NeuronId size = 200;
  constexpr double rate = 20, duration = 20'000;
  const Network network = inputs({size});
  const auto spikes = poisson(size, rate, duration, 1);
  const Tape trial = tape(duration, spikes);
  FiringCounts counts(network, {});
  counts.add(trial);
  const FiringStatistics all = counts.statistics()[0];
  const double expected = size * rate * duration / 1000;
  CHECK(std::abs(all.rate - rate) < 4 * rate / std::sqrt(expected));
  const std::vector<double> cvs = counts.cvs(0);
  REQUIRE(cvs.size() == size);
  CHECK(all.cv.value() == Approx(mean(cvs)).epsilon(1e-13));
  // A sample of about 400 intervals has a CV below 1 by less than 1 / 400.
  CHECK(std::abs(all.cv.value() - 1) < 4 * std::sqrt(variance(cvs) / size) + 1.0 / 400);
  CHECK(std::abs(all.fano.value() - 1) < 4 * std::sqrt(2.0 / 199 / size));
  CHECK(std::abs(all.synchrony.value() - 1) < 4 * std::sqrt(2.0 / (duration / 3)));

  // The definitions, from the whole trains.
  std::vector<double> fano, slow_cv, bins(6666, 0.0);
  for (NeuronId n = 0; n < size; ++n) {
    std::vector<double> times, windows(200, 0.0), intervals;
    for (const Spike& s : spikes)
      if (s.neuron == n) times.push_back(s.time);
    for (const double t : times) {
      windows[static_cast<std::size_t>(t / 100)] += 1;
      if (t < 3 * 6666) bins[static_cast<std::size_t>(t / 3)] += 1;
    }
    for (std::size_t k = 1; k < times.size(); ++k) intervals.push_back(times[k] - times[k - 1]);
    slow_cv.push_back(std::sqrt(variance(intervals)) / mean(intervals));
    fano.push_back(variance(windows) / mean(windows));
  }
  CHECK(all.cv.value() == Approx(mean(slow_cv)).epsilon(1e-12));
  CHECK(all.fano.value() == Approx(mean(fano)).epsilon(1e-12));
  CHECK(all.synchrony.value() == Approx(variance(bins) / mean(bins)).epsilon(1e-12));
}

TEST_CASE("a gamma process of order four is half as irregular as a Poisson process") {
  const Network network = inputs({50});
  std::vector<Spike> fourth;
  std::vector<int> seen(50, 0);
  for (const Spike& s : poisson(50, 80, 40'000, 2))
    if (++seen[s.neuron] % 4 == 0) fourth.push_back(s);
  FiringCounts counts(network, {});
  counts.add(tape(40'000, fourth));
  const std::vector<double> cvs = counts.cvs(0);
  CHECK(std::abs(mean(cvs) - 0.5) < 4 * std::sqrt(variance(cvs) / 50));
}

TEST_CASE("changes of a signal are no spikes") {
  const Network network = inputs({1, 1});
  Tape trial = tape(10, {{1, 0}, {2, 1}});
  trial.payloads = {1.0, 0.25};
  const auto all = firing_statistics(network, trial);
  REQUIRE(all.size() == 1);
  CHECK(all[0].population == 0);
}
