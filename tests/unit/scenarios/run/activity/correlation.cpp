// Counts in bins, correlograms, correlations of pairs and PSTHs: against exact fractions, loops over all
// pairs, and Poisson processes within stated standard errors.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/run/activity/population_activity.hpp>

using namespace retrograde;
using Catch::Contains;

namespace {

Network inputs(const std::vector<std::pair<std::string, std::uint32_t>>& populations) {
  NetworkBuilder builder;
  for (const auto& [name, size] : populations)
    builder.add({.name = name, .model = Model::input, .size = size});
  return builder.build();
}

Tape tape_of(Time duration, const std::vector<std::pair<Time, NeuronId>>& spikes) {
  Tape tape;
  tape.duration = duration;
  for (const auto& [time, neuron] : spikes) {
    TapeSpike spike{};
    spike.time = time;
    spike.neuron = neuron;
    tape.spikes.push_back(spike);
  }
  std::stable_sort(tape.spikes.begin(), tape.spikes.end(),
                   [](const TapeSpike& a, const TapeSpike& b) { return a.time < b.time; });
  return tape;
}

// Independent Poisson processes of `rate` per ms; of `common` per ms spikes of all neurons at once.
Tape poisson(const Network& network, Time duration, double rate, double common,
             std::uint64_t seed) {
  std::vector<std::pair<Time, NeuronId>> spikes;
  Random random(seed, "test of correlations");
  for (NeuronId n = 0; n < network.neuron_count(); ++n)
    for (Time t = 0;;) {
      t -= std::log(1.0 - random.uniform()) / rate;
      if (t >= duration) break;
      spikes.emplace_back(t, n);
    }
  for (Time t = 0; common > 0;) {
    t -= std::log(1.0 - random.uniform()) / common;
    if (t >= duration) break;
    for (NeuronId n = 0; n < network.neuron_count(); ++n) spikes.emplace_back(t, n);
  }
  return tape_of(duration, spikes);
}

// Pearson's correlation of two lists, as it is defined.
double pearson(const std::vector<double>& a, const std::vector<double>& b) {
  const auto n = static_cast<double>(a.size());
  const double ma = std::accumulate(a.begin(), a.end(), 0.0) / n;
  const double mb = std::accumulate(b.begin(), b.end(), 0.0) / n;
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) * (a[i] - ma);
    bb += (b[i] - mb) * (b[i] - mb);
  }
  return ab / std::sqrt(aa * bb);
}

}  // namespace

TEST_CASE("spikes are counted in whole bins from the beginning of the stretch, per trial") {
  const Network network = inputs({{"a", 2}, {"b", 1}});
  const std::vector<Tape> trials = {tape_of(10, {{0.5, 0}, {2.0, 1}, {3.9, 2}, {4.0, 0}, {9.5, 1}}),
                                    tape_of(9, {{2.5, 0}, {2.6, 1}, {8.2, 0}})};
  // [2, 8): three bins of 2 ms in each, since the shorter trial ends at 9.
  const Binning binning{2, never, 2};
  CHECK(bin_count(trials, binning) == 3);
  const auto counts = binned_spikes(network, trials, binning);
  CHECK(counts[0] == std::vector<std::uint32_t>{1, 1, 0, 2, 0, 0});
  CHECK(counts[1] == std::vector<std::uint32_t>{1, 0, 0, 0, 0, 0});
  CHECK(bin_count(trials, {0, 0.3, 0.1}) == 3);  // 0.3 / 0.1 is below 3 in doubles
  CHECK(bin_count(trials, {8.5, never, 2}) == 0);
  CHECK(bin_count({}, binning) == 0);
}

// By Python's fractions: with x = a - mean, y = b - mean and s^2 the product of the mean squares of both,
// sum(p) / len(p) / s of p = [x[i] * y[i + k] for i in range(6) if 0 <= i + k < 6].
TEST_CASE("a correlogram is what exact fractions make of the same counts") {
  const std::vector<std::uint32_t> a = {3, 0, 1, 4, 0, 2}, b = {0, 3, 1, 1, 4, 0};
  const Correlogram c = correlogram(a, b, 6, 2);
  const std::vector<double> expected = {0.5776508941874456, 0.17888543819998318,
                                        -0.7453559924999299, 1.028591269649903,
                                        -0.5590169943749475};
  REQUIRE(c.r.size() == 5);
  for (std::size_t k = 0; k < 5; ++k) CHECK(c.r[k] == Approx(expected[k]).margin(1e-14));
  CHECK(c.lag(0) == -2);
  CHECK(c.bins == 6);
  CHECK(correlogram(a, a, 6, 2).r[2] == Approx(1.0));
  // Two trials: no product reaches from one into the other.
  const Correlogram two = correlogram(a, b, 3, 5);
  const std::vector<double> of_two = {0.18633899812498247, 0.35404409643746665, -0.7453559924999299,
                                      1.2484712874373824, -0.9316949906249123};
  REQUIRE(two.r.size() == 5);  // lags stay within a trial
  for (std::size_t k = 0; k < 5; ++k) CHECK(two.r[k] == Approx(of_two[k]).margin(1e-14));
  const std::vector<std::uint32_t> constant(6, 2);
  CHECK(correlogram(a, constant, 6, 2).r.empty());
  CHECK(correlogram({}, {}, 0, 2).r.empty());
}

TEST_CASE("a population that follows another has its peak at that lag") {
  const Network network = inputs({{"a", 50}, {"b", 50}});
  Tape tape = poisson(inputs({{"a", 50}}), 2000, 0.01, 0, 7);
  const std::size_t count = tape.spikes.size();
  std::vector<std::pair<Time, NeuronId>> spikes;
  for (std::size_t k = 0; k < count; ++k) {
    spikes.emplace_back(tape.spikes[k].time, tape.spikes[k].neuron);
    if (tape.spikes[k].time + 5 < 2000)
      spikes.emplace_back(tape.spikes[k].time + 5, 50 + tape.spikes[k].neuron);
  }
  const std::vector<Tape> trials = {tape_of(2000, spikes)};
  const ActivityAnalysis analysis = analyse_activity(network, trials, {});
  REQUIRE(analysis.pairs.size() == 3);
  const Correlogram& c = analysis.pairs[1].correlogram;
  const auto peak = std::max_element(c.r.begin(), c.r.end()) - c.r.begin();
  CHECK(c.lag(static_cast<std::size_t>(peak)) == 5);
  CHECK(c.r[static_cast<std::size_t>(peak)] > 0.99);
}

TEST_CASE("the correlation of pairs is the mean over all of them, by a loop over the pairs") {
  const Network network = inputs({{"a", 7}, {"b", 5}, {"silent", 3}});
  Tape one = poisson(network, 1000, 0.02, 0.005, 1), two = poisson(network, 800, 0.02, 0.005, 2);
  for (Tape* tape : {&one, &two})
    std::erase_if(tape->spikes, [](const TapeSpike& s) { return s.neuron >= 12; });
  const std::vector<Tape> trials = {one, two};
  const Binning binning{100, never, 50};
  const std::uint64_t bins = bin_count(trials, binning);
  REQUIRE(bins == 14);
  std::vector<std::vector<double>> counts(15, std::vector<double>(2 * bins, 0.0));
  for_each_binned(trials, binning, [&](std::size_t trial, std::uint64_t bin, NeuronId n) {
    counts[n][trial * bins + bin] += 1;
  });
  const auto got = pair_correlations(network, trials, binning);
  double within = 0, across = 0;
  for (NeuronId i = 0; i < 7; ++i) {
    for (NeuronId j = i + 1; j < 7; ++j) within += pearson(counts[i], counts[j]) / 21;
    for (NeuronId j = 7; j < 12; ++j) across += pearson(counts[i], counts[j]) / 35;
  }
  REQUIRE(got[0][0].mean);
  CHECK(*got[0][0].mean == Approx(within).epsilon(1e-12));
  CHECK(got[0][0].pairs == 21);
  CHECK(*got[0][1].mean == Approx(across).epsilon(1e-12));
  CHECK(*got[1][0].mean == *got[0][1].mean);
  CHECK(got[0][1].pairs == 35);
  // Neurons that never fire have no correlation.
  CHECK(!got[2][2].mean);
  CHECK(!got[0][2].mean);
  CHECK(got[0][2].pairs == 0);
}

TEST_CASE("independent Poisson processes have neither correlations nor correlograms") {
  const Network network = inputs({{"a", 100}, {"b", 100}});
  const std::vector<Tape> trials = {poisson(network, 10'000, 0.01, 0, 3)};
  const ActivityAnalysis analysis = analyse_activity(network, trials, {});
  for (const PairActivity& pair : analysis.pairs) {
    // A correlation of 100 counts has a standard error of 1/10; their mean that over the root of the
    // pairs, were these independent.
    REQUIRE(pair.neurons.mean);
    CHECK(std::fabs(*pair.neurons.mean) <
          5 * 0.1 / std::sqrt(static_cast<double>(pair.neurons.pairs)));
    for (std::size_t k = 0; k < pair.correlogram.r.size(); ++k)
      if (pair.a != pair.b || pair.correlogram.lag(k) != 0)
        CHECK(std::fabs(pair.correlogram.r[k]) < 5 / std::sqrt(10'000.0));
  }
  const PopulationActivity& a = analysis.populations[0];
  CHECK(a.rates.size() == 100);
  CHECK(a.statistics.rate == Approx(10).epsilon(5 / std::sqrt(10'000.0)));
  CHECK(*a.statistics.cv == Approx(1).margin(0.05));
}

TEST_CASE(
    "a PSTH is the mean rate of a neuron in each bin, its error that of the mean over trials") {
  const Network network = inputs({{"a", 2}});
  const std::vector<Tape> trials = {tape_of(4, {{0.5, 0}, {0.6, 1}, {0.7, 0}, {2.5, 0}}),
                                    tape_of(4, {{0.5, 1}, {3.5, 0}})};
  ActivityOptions options;
  options.bin = 1;
  const PopulationActivity p = analyse_activity(network, trials, options).populations.at(0);
  // Counts 3, 0, 1, 0 and 1, 0, 0, 1, of two neurons in 1 ms: a mean of 1 is 500 spikes/s.
  CHECK(p.psth == std::vector<double>{1000, 0, 250, 250});
  // Deviations of two values are half their distance times the root of 2, errors of the mean half the
  // distance.
  REQUIRE(p.psth_error.size() == 4);
  CHECK(p.psth_error[0] == Approx(500));
  CHECK(p.psth_error[1] == 0);
  CHECK(p.psth_error[2] == Approx(250));
  CHECK(analyse_activity(network, std::span(trials).first(1), options)
            .populations.at(0)
            .psth_error.empty());
}

TEST_CASE("an analysis says what it cannot say, and refuses what means nothing") {
  const Network network = inputs({{"a", 2}, {"b", 1}});
  const std::vector<Tape> trials = {tape_of(50, {{1, 0}, {2, 1}})};
  const ActivityAnalysis analysis = analyse_activity(network, trials, {});
  CHECK(*analysis.options.bin == 0.5);
  CHECK(analysis.options.to == 50);
  REQUIRE(analysis.notes.size() == 1);
  CHECK_THAT(analysis.notes[0], Contains("--window") && Contains("100 ms"));
  const auto message = [&](const ActivityOptions& options) {
    try {
      analyse_activity(network, trials, options);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  CHECK_THAT(message({.populations = {"c"}}), Contains("--population c"));
  CHECK_THAT(message({.populations = {"a", "a"}}), Contains("given twice"));
  CHECK_THAT(message({.from = 50}), Contains("--from 50 ms") && Contains("shortest trial ends"));
  CHECK_THAT(message({.bin = 1e-9}), Contains("--bin") && Contains("make them longer"));
  CHECK_THAT(message({.lag_bin = 1e-9}), Contains("--lag-bin"));
  CHECK(message({.populations = {"b"}}) == "accepted");
  std::vector<std::pair<std::string, std::uint32_t>> many;
  for (int k = 0; k < 20; ++k) many.emplace_back("p" + std::to_string(k), 1);
  const ActivityAnalysis of_many = analyse_activity(inputs(many), trials, {});
  CHECK(of_many.populations.size() == 20);
  CHECK(of_many.pairs.size() == 12 * 13 / 2);
  CHECK_THAT(of_many.notes.at(0), Contains("first 12 of 20"));
}

TEST_CASE(
    "trials of different lengths count each up to its end, and what is binned up to the shortest") {
  const Network network = inputs({{"a", 1}});
  const std::vector<Tape> trials = {tape_of(10, {{1, 0}}), tape_of(40, {{2, 0}, {15, 0}, {35, 0}})};
  const ActivityAnalysis analysis = analyse_activity(network, trials, {.bin = 5});
  CHECK(analysis.options.to == 40);
  CHECK(analysis.binned_to == 10);
  CHECK(analysis.time == 50);
  CHECK(analysis.populations.at(0).statistics.spikes == 4);
  CHECK(analysis.populations[0].statistics.rate == Approx(4 / 0.05));
  CHECK(analysis.populations[0].psth == std::vector<double>{200, 0});
  CHECK_THAT(analysis.notes.at(0), Contains("last 10 to 40 ms") && Contains("up to 10 ms"));
  // Within a stretch that all have there is nothing to say.
  const ActivityAnalysis cut = analyse_activity(network, trials, {.to = 10, .bin = 5});
  CHECK(cut.binned_to == cut.options.to);
  for (const std::string& note : cut.notes) CHECK_THAT(note, !Contains("Trials last"));
}
