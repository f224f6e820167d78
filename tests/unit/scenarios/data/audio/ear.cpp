// The auditory front end: where channels listen, what hair cells do, when neurons fire. Closed forms,
// and a second implementation of the neuron in 50 digits.
#include <algorithm>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/data/audio/front_end.hpp>

#include "tests/support/sound_file.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

using Wide = boost::multiprecision::cpp_bin_float_50;

Cochlea small(std::uint32_t channels) {
  Cochlea cochlea;
  cochlea.channels = channels;
  return cochlea;
}

// Mean firing rate of every channel over the second half of a sound.
std::vector<double> mean_rates(const Cochlea& cochlea, const std::vector<double>& sound) {
  const std::vector<double> frequencies = channel_frequencies(cochlea);
  std::vector<double> means(cochlea.channels);
  std::vector<Lanes> rates;
  for (std::size_t first = 0; first < cochlea.channels; first += ear_lanes) {
    fibre_rates(cochlea, frequencies, first, sound, rates);
    for (std::size_t k = 0; k < ear_lanes && first + k < cochlea.channels; ++k) {
      for (std::size_t f = rates.size() / 2; f < rates.size(); ++f)
        means[first + k] += rates[f].of[k];
      means[first + k] /= static_cast<double>(rates.size() - rates.size() / 2);
    }
  }
  return means;
}

// The spikes of one neuron in 50 digits, by bisection, from V = begin; `currents` as the neurons get them.
std::vector<double> reference_spikes(const BushyCell& cell, Time frame, double begin,
                                     const std::vector<double>& currents) {
  const Wide tau(cell.tau_mem), tau_a(cell.tau_adapt), threshold(cell.threshold);
  Wide v(begin), a(0), held(0);
  std::vector<double> times;
  for (std::size_t f = 0; f < currents.size(); ++f) {
    const Wide b(currents[f]);
    Wide at(0);
    while (at < frame) {
      if (held > 0) {
        const Wide step = std::min<Wide>(held, Wide(frame) - at);
        a *= exp(-step / tau_a);
        held -= step;
        at += step;
        continue;
      }
      const Wide left = Wide(frame) - at;
      const auto gap = [&](const Wide& s) {
        return Wide(b + (v - b) * exp(-s / tau) - threshold - a * exp(-s / tau_a));
      };
      Wide s = left;
      const bool fires = gap(left) >= 0;
      if (fires) {
        Wide low(0), high(left);
        for (int k = 0; k < 160; ++k) {
          const Wide middle = (low + high) / 2;
          (gap(middle) >= 0 ? high : low) = middle;
        }
        s = high;
      }
      v = b + (v - b) * exp(-s / tau);
      a *= exp(-s / tau_a);
      at += s;
      if (!fires) continue;
      times.push_back(static_cast<double>(Wide(f) * frame + at));
      v = 0;
      a += cell.adaptation;
      held = cell.t_ref;
    }
  }
  return times;
}

}  // namespace

TEST_CASE("channels lie evenly along the membrane, from the highest to the lowest") {
  const Cochlea cochlea;
  const std::vector<double> f = channel_frequencies(cochlea);
  REQUIRE(f.size() == 700);
  CHECK(f.front() == Approx(7118));
  CHECK(f.back() == Approx(50));
  // The place of a frequency by the formula in cochlea.hpp, 1.
  const auto place = [](double hz) {
    const double w = 2 * std::numbers::pi * hz;
    return std::log(1e8 / (3500 + 0.05 * w * w)) / 3;
  };
  CHECK(place(7118) == Approx(0).margin(1e-4));
  const double step = place(f[1]) - place(f[0]);
  for (std::size_t k = 1; k < f.size(); ++k) CHECK(place(f[k]) - place(f[k - 1]) == Approx(step));
}

TEST_CASE("a filter is as high as its gain and as wide as that of people") {
  const Cochlea cochlea;
  for (const double f : {300.0, 1000.0, 3000.0}) {
    CAPTURE(f);
    double area = 0, peak = 0;
    for (double at = 1; at < 8000; at += 1) {
      const double gain = filter_gain(cochlea, f, at);
      area += gain * gain;
      peak = std::max(peak, gain);
    }
    CHECK(peak == Approx(cochlea.gain).epsilon(1e-3));
    // The rule of cochlea.cpp for the quality is exact for narrow filters.
    CHECK(area / (peak * peak) == Approx(24.7 * (4.37 * f / 1000 + 1)).epsilon(0.06));
  }
}

TEST_CASE("a sine excites the channel of its frequency most") {
  const Cochlea cochlea = small(64);
  const std::vector<double> f = channel_frequencies(cochlea);
  for (const double hz : {120.0, 300.0, 1000.0, 3000.0, 5000.0}) {
    CAPTURE(hz);
    const std::vector<double> rates = mean_rates(cochlea, sine(hz, 0.3, cochlea.rate, 0.02));
    const auto most = std::max_element(rates.begin(), rates.end()) - rates.begin();
    const auto near = std::min_element(f.begin(), f.end(),
                                       [&](double a, double b) {
                                         return std::fabs(a - hz) < std::fabs(b - hz);
                                       }) -
                      f.begin();
    CHECK(std::abs(most - near) <= 1);
    // Two octaves away nobody hears it.
    const double rest = spontaneous_rate(cochlea),
                 heard_most = rates[static_cast<std::size_t>(most)] - rest;
    double far = 0;
    for (std::size_t k = 0; k < f.size(); ++k)
      if (f[k] > 4 * hz || f[k] < hz / 4) far = std::max(far, std::fabs(rates[k] - rest));
    CHECK(far < heard_most / 20);
  }
}

TEST_CASE("transmitter of a hair cell rests in silence and settles under a steady push") {
  // With release k the pools settle at c = y k / (l k + y (l + r)), q = c (l + r) / k: Meddis 1986.
  Cochlea cochlea = small(1);
  cochlea.highest = 1000;
  const auto settled = [&](double push) {
    const double k = cochlea.g * push / (push + cochlea.B);
    return cochlea.h * cochlea.y * k / (cochlea.l * k + cochlea.y * (cochlea.l + cochlea.r));
  };
  CHECK(spontaneous_rate(cochlea) == Approx(settled(cochlea.A)));
  std::vector<Lanes> rates;
  const std::vector<double> f = channel_frequencies(cochlea);
  fibre_rates(cochlea, f, 0, std::vector<double>(16'000), rates);
  CHECK(rates.size() == 4000);
  CHECK(rates.front().of[0] == Approx(settled(cochlea.A)).epsilon(1e-12));
  CHECK(rates.back().of[0] == Approx(settled(cochlea.A)).epsilon(1e-9));

  const double sound = 0.5, push = sound * filter_gain(cochlea, f[0], 0) + cochlea.A;
  fibre_rates(cochlea, f, 0, std::vector<double>(48'000, sound), rates);
  CHECK(rates.back().of[0] == Approx(settled(push)).epsilon(1e-6));
  double most = 0;
  for (const Lanes& row : rates) most = std::max(most, row.of[0]);
  CHECK(most > 2 * rates.back().of[0]);  // it adapts
  fibre_rates(cochlea, f, 0, std::vector<double>(16'000, -10.0), rates);
  CHECK(rates.back().of[0] == Approx(0).margin(1e-6));  // it rectifies
}

TEST_CASE("spike times are those of 50 digits") {
  const BushyCell cell;
  const Time frame = 0.25;
  Random random(1, "rates");
  std::size_t spikes = 0;
  for (int round = 0; round < 20; ++round) {
    std::vector<Lanes> rates(800);
    std::vector<std::vector<double>> of(ear_lanes);
    double level = 100;
    for (Lanes& row : rates) {
      if (random.uniform() < 0.05) level = random.uniform(0, 600);
      for (std::size_t k = 0; k < ear_lanes; ++k) {
        row.of[k] = level * random.uniform(0.5, 1.5);
        of[k].push_back(row.of[k]);
      }
    }
    const double rest = 60;
    std::vector<ChannelSpike> found;
    bushy_spikes(cell, rest, frame, rates, found);
    for (std::size_t k = 0; k < ear_lanes; ++k) {
      std::vector<double> times;
      for (const ChannelSpike& spike : found)
        if (spike.channel == k) times.push_back(spike.time);
      const double begin = bushy_currents(cell, rest, frame, std::vector{rest})[0];
      const std::vector<double> expected =
          reference_spikes(cell, frame, begin, bushy_currents(cell, rest, frame, of[k]));
      REQUIRE(times.size() == expected.size());
      for (std::size_t n = 0; n < times.size(); ++n)
        CHECK(std::fabs(times[n] - expected[n]) < 1e-11);
      spikes += times.size();
    }
  }
  CHECK(spikes > 1000);
}

TEST_CASE("a neuron under a constant current fires when the exponential says") {
  BushyCell cell;
  cell.tau_syn = 1e-6;  // the current follows at once
  const Time frame = 0.25;
  const double rate = 400, rest = 10;
  const std::vector<Lanes> rates(400, [&] {
    Lanes lanes{};
    std::fill(std::begin(lanes.of), std::end(lanes.of), rate);
    return lanes;
  }());
  std::vector<ChannelSpike> spikes;
  bushy_spikes(cell, rest, frame, rates, spikes);
  const auto current = [&](double r) { return 6.5e-3 * r / (1 + r * 1e-3); };
  REQUIRE(!spikes.empty());
  const double b = current(rate), v = current(rest);
  CHECK(spikes.front().time == Approx(std::log((b - v) / (b - cell.threshold))).epsilon(1e-12));
}

TEST_CASE("what one channel hears does not depend on its neighbours") {
  FrontEnd wide;
  wide.cochlea.channels = 9;
  Random random(2, "noise");
  std::vector<double> noise(8000);
  for (double& x : noise) x = random.uniform(-0.5, 0.5);
  const EventSample all = heard(wide, {noise, 16'000});
  REQUIRE(all.times.size() > 100);
  for (std::size_t k = 1; k < all.times.size(); ++k)
    CHECK((all.times[k - 1] < all.times[k] ||
           (all.times[k - 1] == all.times[k] && all.units[k - 1] < all.units[k])));
  CHECK(*std::max_element(all.units.begin(), all.units.end()) <= 8);
  CHECK(heard(wide, {noise, 16'000}) == all);
  CHECK(heard(wide, {std::vector<double>(8000), 16'000}).times.empty());
  // The last channel is alone in its register, or has others beside it.
  const std::vector<double> f = channel_frequencies(wide.cochlea);
  std::vector<Lanes> alone, beside;
  fibre_rates(wide.cochlea, f, 8, noise, alone);
  fibre_rates(wide.cochlea, f, 7, noise, beside);
  REQUIRE(alone.size() == beside.size());
  bool same = true;
  for (std::size_t k = 0; k < alone.size(); ++k) same &= alone[k].of[0] == beside[k].of[1];
  CHECK(same);
  wide.longest = 100;
  const EventSample cut = heard(wide, {noise, 16'000});
  CHECK(cut.times.back() < 100);
}

TEST_CASE("a front end that cannot be is refused with the number that is wrong") {
  const auto key_of = [](const Cochlea& cochlea) {
    try {
      check(cochlea);
    } catch (const ScenarioError& error) {
      return error.key;
    }
    return std::string();
  };
  Cochlea cochlea;
  CHECK(key_of(cochlea).empty());
  cochlea.channels = 0;
  CHECK(key_of(cochlea) == "channels");
  cochlea = {};
  cochlea.lowest = 9000;
  CHECK(key_of(cochlea) == "lowest");
  cochlea = {};
  cochlea.gain = std::nan("");
  CHECK(key_of(cochlea) == "gain");
  BushyCell cell;
  cell.tau_mem = 0;
  CHECK_THROWS_AS(check(cell), ScenarioError);
}
