// Stimuli against what theory says of them: means, variances and correlations within stated standard
// errors, and closed forms where nothing is drawn.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <iterator>
#include <memory>
#include <vector>

#include <retrograde/scenarios/data/stimuli/inline_trials.hpp>
#include <retrograde/scenarios/data/stimuli/listed.hpp>
#include <retrograde/scenarios/data/stimuli/poisson.hpp>
#include <retrograde/scenarios/data/stimuli/regular.hpp>
#include <retrograde/scenarios/data/stimuli/relay.hpp>

using namespace retrograde;

namespace {

Drawing trial(std::uint64_t k, Time duration) { return {1, "spikes/in", k, duration}; }

std::vector<std::vector<Time>> by_neuron(const std::vector<Spike>& spikes, std::uint32_t size) {
  std::vector<std::vector<Time>> trains(size);
  for (const Spike& s : spikes) trains[s.neuron].push_back(s.time);
  return trains;
}

struct Moments {
  double n = 0, sum = 0, squares = 0;
  void add(double x) {
    n += 1;
    sum += x;
    squares += x * x;
  }
  double mean() const { return sum / n; }
  double variance() const { return squares / n - mean() * mean(); }
};

bool in_order(const std::vector<Spike>& spikes) {
  return std::is_sorted(spikes.begin(), spikes.end(), [](const Spike& a, const Spike& b) {
    return a.neuron != b.neuron ? a.neuron < b.neuron : a.time < b.time;
  });
}

}  // namespace

TEST_CASE("exponential numbers have mean 1, variance 1, third moment 6 and no memory") {
  Random random(7, "exponential");
  Moments all, over;
  double third = 0.0;
  constexpr int n = 200'000;
  for (int k = 0; k < n; ++k) {
    const double x = exponential(random);
    all.add(x);
    third += x * x * x;
    if (x > 1.5) over.add(x - 1.5);
  }
  // Standard errors: of the mean 1/sqrt(n), of the variance sqrt(8/n), of the third moment
  // sqrt((720 - 36)/n), of the share above 1.5 sqrt(p (1 - p)/n).
  const double root = std::sqrt(double{n});
  CHECK(std::fabs(all.mean() - 1.0) < 4 / root);
  CHECK(std::fabs(all.variance() - 1.0) < 4 * std::sqrt(8.0) / root);
  CHECK(std::fabs(third / n - 6.0) < 4 * std::sqrt(684.0) / root);
  const double share = std::exp(-1.5);
  CHECK(std::fabs(over.n / n - share) < 4 * std::sqrt(share * (1 - share)) / root);
  CHECK(std::fabs(over.mean() - 1.0) < 4 / std::sqrt(over.n));
}

TEST_CASE(
    "Poisson spikes of 20 Hz, 100 neurons, 50 trials: intervals, counts, and no copies (S5)") {
  const auto poisson = make_stimulus(PoissonSpec{100, {{0.0, {{0.02}}}}});
  Moments intervals, counts;
  std::vector<Spike> first;
  for (std::uint64_t k = 0; k < 50; ++k) {
    const auto spikes = poisson->draw(trial(k, 2000.0));
    REQUIRE(in_order(spikes));
    if (k == 0)
      first = spikes;
    else
      CHECK(spikes != first);
    for (const auto& train : by_neuron(spikes, 100)) {
      counts.add(static_cast<double>(train.size()));
      // From the start of the trial on, which is as good as a spike: intervals of which the first
      // begins at a given instant are not biased by their length up to the tenth.
      for (std::size_t s = 0; s < std::min<std::size_t>(10, train.size()); ++s)
        intervals.add(train[s] - (s == 0 ? 0.0 : train[s - 1]));
    }
  }
  // 5000 trains: mean 40 and variance 40, standard errors sqrt(40/5000) and about 40 sqrt(2/5000).
  CHECK(std::fabs(counts.mean() - 40.0) < 3 * std::sqrt(40.0 / 5000));
  CHECK(std::fabs(counts.variance() - 40.0) < 3 * 40.0 * std::sqrt(2.0 / 5000));
  CHECK(intervals.n == 50'000);
  CHECK(std::fabs(intervals.mean() - 50.0) < 3 * 50.0 / std::sqrt(intervals.n));
  // Of the CV of exponential intervals the standard error is 1/sqrt(n).
  const double cv = std::sqrt(intervals.variance()) / intervals.mean();
  CHECK(std::fabs(cv - 1.0) < 3 / std::sqrt(intervals.n));
}

TEST_CASE("a rate that changes: counts of every stretch, and none where it is 0") {
  const auto poisson = make_stimulus(
      PoissonSpec{200, {{10.0, {{0.01}}}, {200.0, {{0.0}}}, {300.0, {{0.04}}}}, 0.0, 450.0});
  CHECK(poisson->expected(500.0, 0.0) == Approx(200 * (190 * 0.01 + 150 * 0.04)));
  double parts[5] = {};
  for (std::uint64_t k = 0; k < 50; ++k)
    for (const Spike& s : poisson->draw(trial(k, 500.0)))
      ++parts[s.time < 10 ? 0 : s.time < 200 ? 1 : s.time < 300 ? 2 : s.time < 450 ? 3 : 4];
  CHECK(parts[0] == 0);
  CHECK(parts[2] == 0);
  CHECK(parts[4] == 0);
  const double low = 200 * 50 * 190 * 0.01, high = 200 * 50 * 150 * 0.04;
  CHECK(std::fabs(parts[1] - low) < 4 * std::sqrt(low));
  CHECK(std::fabs(parts[3] - high) < 4 * std::sqrt(high));
}

TEST_CASE("the piecewise rate is the constant one at another time") {
  // Unit exponentials are the same: at twice the rate from 100 ms on spikes are twice as dense.
  const auto constant = make_stimulus(PoissonSpec{1, {{0.0, {{0.05}}}}});
  const auto doubled = make_stimulus(PoissonSpec{1, {{0.0, {{0.05}}}, {100.0, {{0.1}}}}});
  const auto a = constant->draw(trial(3, 2000.0)), b = doubled->draw(trial(3, 1050.0));
  REQUIRE(a.size() > 50);
  REQUIRE(a.size() == b.size());
  for (std::size_t k = 0; k < a.size(); ++k)
    CHECK(b[k].time == Approx(a[k].time < 100 ? a[k].time : 100 + (a[k].time - 100) / 2));
}

TEST_CASE("a neuron's spikes depend on itself, its trial and the seed alone") {
  const auto few = make_stimulus(PoissonSpec{3, {{0.0, {{0.02}}}}});
  const auto many = make_stimulus(PoissonSpec{50, {{0.0, {{0.02}}}}});
  const auto a = by_neuron(few->draw(trial(5, 1000.0)), 3),
             b = by_neuron(many->draw(trial(5, 1000.0)), 50);
  CHECK(std::equal(a.begin(), a.end(), b.begin()));
  CHECK(a[0] != a[1]);
  CHECK(few->draw({2, "spikes/in", 5, 1000.0}) != few->draw(trial(5, 1000.0)));
  CHECK(few->draw({1, "spikes/out", 5, 1000.0}) != few->draw(trial(5, 1000.0)));
}

TEST_CASE("regular spikes, with phases that are given and drawn") {
  RegularSpec spec{2, {{10.0, 4.0}}, PerNeuron{{1.0, 0.0}}};
  spec.start = 5.0;
  spec.stop = 30.0;
  const auto given = make_stimulus(spec)->draw(trial(0, 100.0));
  CHECK(by_neuron(given, 2) ==
        std::vector<std::vector<Time>>{{6, 16, 26}, {5, 9, 13, 17, 21, 25, 29}});
  CHECK(make_stimulus(spec)->expected(100.0, 0.0) == 10.0);
  CHECK(make_stimulus(spec)->expected(17.0, 0.0) == 2.0 + 3.0);

  RegularSpec drawn{1000, {{10.0}}, std::nullopt};
  Moments phases;
  for (const auto& train : by_neuron(make_stimulus(drawn)->draw(trial(0, 100.0)), 1000)) {
    REQUIRE(train.size() == 10);
    phases.add(train[0]);
    CHECK(train[9] - train[0] == Approx(90.0));
  }
  // Uniform over 10 ms: mean 5, variance 100/12.
  CHECK(std::fabs(phases.mean() - 5.0) < 4 * std::sqrt(100.0 / 12 / 1000));

  RegularSpec moved{400, {{10.0}}, PerNeuron{{5.0}}, 0.5};
  Moments offsets;
  const auto spikes = make_stimulus(moved)->draw(trial(0, 100.0));
  REQUIRE(in_order(spikes));
  for (const Spike& s : spikes) offsets.add(s.time - 5.0 - 10.0 * std::floor(s.time / 10.0));
  CHECK(offsets.n == 4000);  // ten deviations from the ends of the trial
  CHECK(std::fabs(offsets.mean()) < 4 * 0.5 / std::sqrt(offsets.n));
  CHECK(std::fabs(offsets.variance() - 0.25) < 4 * 0.25 * std::sqrt(2 / offsets.n));
}

TEST_CASE("bursts: regular ones as written, and random ones as often as their rate") {
  BurstSpec spec;
  spec.size = 1;
  spec.spikes = 3;
  spec.interval = 2.0;
  spec.every = PerNeuron{{50.0}};
  spec.phase = PerNeuron{{10.0}};
  const auto regular = make_stimulus(spec);
  CHECK(by_neuron(regular->draw(trial(0, 112.0)), 1)[0] ==
        std::vector<Time>{10, 12, 14, 60, 62, 64, 110});
  CHECK(regular->expected(112.0, 0.0) == 9.0);
  CHECK(regular->fixed());

  spec.size = 1000;
  spec.every.reset();
  spec.rate = {{0.005}};
  const auto random = make_stimulus(spec);
  CHECK_FALSE(random->fixed());
  const auto spikes = random->draw(trial(0, 1000.0));
  // 5 bursts of 3 in each: compound Poisson, variance 9 * 5 per neuron; the end cuts 0.02 of a burst.
  CHECK(std::fabs(static_cast<double>(spikes.size()) - 15'000) < 4 * std::sqrt(9 * 5000.0) + 60);
}

TEST_CASE("relays keep a share, move spikes, and correlate copies of one train by it") {
  const auto source = make_stimulus(PoissonSpec{1, {{0.0, {{0.1}}}}});
  Drawing drawing = trial(0, 50'000.0);
  const auto train = source->draw(drawing);
  RelaySpec spec{2, 0, 1, 0.3};
  drawing.purpose = "spikes/copies";
  drawing.source = train;
  const auto copies = by_neuron(make_stimulus(spec)->draw(drawing), 2);
  const auto n = static_cast<double>(train.size());
  std::vector<Time> both;
  std::set_intersection(copies[0].begin(), copies[0].end(), copies[1].begin(), copies[1].end(),
                        std::back_inserter(both));
  for (const auto& copy : copies)
    CHECK(std::fabs(static_cast<double>(copy.size()) - 0.3 * n) < 4 * std::sqrt(0.21 * n));
  CHECK(std::fabs(static_cast<double>(both.size()) - 0.09 * n) < 4 * std::sqrt(0.09 * 0.91 * n));

  spec.probability = 1.0;
  spec.delay = {{1.5, 50'000.0}};
  const auto late = by_neuron(make_stimulus(spec)->draw(drawing), 2);
  CHECK(late[1].empty());
  REQUIRE(late[0].size() <= train.size());
  for (std::size_t k = 0; k < late[0].size(); ++k) CHECK(late[0][k] == train[k].time + 1.5);

  // Each neuron its own.
  const auto three = make_stimulus(PoissonSpec{3, {{0.0, {{0.01}}}}})->draw(trial(0, 1000.0));
  drawing = trial(0, 1000.0);
  drawing.source = three;
  CHECK(make_stimulus(RelaySpec{3, 0, 3})->draw(drawing) == three);
  CHECK(make_stimulus(RelaySpec{3, 0, 3, 0.5})->expected(1000.0, 30.0) == 15.0);
  CHECK(make_stimulus(RelaySpec{3, 0, 1, 0.5})->expected(1000.0, 30.0) == 45.0);
}

TEST_CASE("spikes are put in order of time, each once") {
  std::vector<Spike> spikes;
  Random random(3, "sort");
  for (int k = 0; k < 20'000; ++k)
    spikes.push_back({random.uniform(0.0, 100.0), static_cast<NeuronId>(random.index(50))});
  spikes.push_back(spikes[17]);
  spikes.push_back({99.999999, 3});
  std::vector<Spike> expected = spikes;
  std::sort(expected.begin(), expected.end());
  expected.erase(std::unique(expected.begin(), expected.end()), expected.end());
  sort_spikes(spikes, 100.0);
  CHECK(spikes == expected);
}

TEST_CASE("several inline trials: parts, labels, durations, and each as often as it is asked for") {
  const auto poisson = make_stimulus(PoissonSpec{10, {{0.0, {{0.1}}}}});
  const auto listed = make_stimulus(ListedSpec{{{{1.0, 0}, {2.0, 1}}}});
  std::vector<InlineTrialKind> kinds;
  kinds.push_back({100.0, 3, 0, Part::train, {{"a", 0, 10, poisson}, {"b", 10, 2, listed}}});
  kinds.push_back({50.0, 2, 1, Part::test, {{"a", 0, 10, poisson}, {"b", 10, 2}}});
  kinds.push_back({100.0, 1, 1, Part::train, {{"a", 0, 10}, {"b", 10, 2, listed}}});
  const auto trials = std::make_shared<const InlineTrials>(kinds, std::vector<NeuronId>{12}, 1);
  CHECK(trials->size() == 6);
  CHECK(trials->longest() == 100.0);
  CHECK(trials->various_durations());
  const Dataset data = inline_dataset(trials, 2);
  CHECK(data.size(Part::train) == 4);
  CHECK(data.size(Part::validation) == 0);
  CHECK(data.size(Part::test) == 2);
  CHECK(data.labelled());
  CHECK(data.classes() == 2);
  CHECK(data.label(Part::train, 2) == 0);
  CHECK(data.label(Part::train, 3) == 1);
  CHECK(data.trial(Part::train, 3).inputs == std::vector<Spike>{{0.0, 12}, {1.0, 10}, {2.0, 11}});
  CHECK(data.trial(Part::test, 1).duration == 50.0);
  CHECK(data.trial(Part::test, 0).inputs != data.trial(Part::test, 1).inputs);
  CHECK(data.trial(Part::train, 1).inputs == data.trial(Part::train, 1).inputs);
  CHECK(data.trial(Part::train, 0).inputs != data.trial(Part::train, 1).inputs);
  const Trial one = data.trial(Part::train, 1);
  CHECK(std::is_sorted(one.inputs.begin(), one.inputs.end()));
  CHECK(one.inputs.front() == Spike{0.0, 12});
  CHECK(one.inputs.back().time < 100.0);
}
