// The generated tasks in which only time tells: what their classes are, and that nothing else is one.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/tasks/coincidence.hpp>
#include <retrograde/scenarios/data/tasks/interval.hpp>
#include <retrograde/scenarios/data/tasks/polychrony.hpp>
#include <retrograde/scenarios/data/tasks/yin_yang.hpp>
#include <retrograde/scenarios/data/tasks/yin_yang_itd.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

constexpr std::array parts = {Part::train, Part::validation, Part::test};
constexpr NeuronId first = 3;

LatencyEncoding window(Time early = 5.0, Time late = 105.0, Time duration = 170.0) {
  LatencyEncoding e;
  e.t_early = early;
  e.t_late = late;
  e.duration = duration;
  e.first = first;
  return e;
}

std::vector<Dataset> all_tasks() {
  return {load_interval(window(), {}), load_coincidence(window(), {}),
          load_polychrony(window(), {}), load_yin_yang_itd(window(), 20.0)};
}

// Times per input.
std::vector<std::vector<Time>> trains(const Dataset& set, const Trial& trial) {
  std::vector<std::vector<Time>> all(set.info().inputs);
  for (const Spike& s : trial.inputs) all.at(s.neuron - first).push_back(s.time);
  return all;
}

// How often each label comes, by the numbers of spikes of each input.
std::map<std::vector<std::size_t>, std::vector<std::size_t>> labels_by_counts(const Dataset& set,
                                                                              Part part) {
  std::map<std::vector<std::size_t>, std::vector<std::size_t>> labels;
  for (std::size_t k = 0; k < set.size(part); ++k) {
    std::vector<std::size_t> counts;
    for (const auto& train : trains(set, set.trial(part, k))) counts.push_back(train.size());
    auto& seen = labels[counts];
    seen.resize(set.classes());
    ++seen.at(static_cast<std::size_t>(set.label(part, k)));
  }
  return labels;
}

}  // namespace

TEST_CASE("counts of spikes say nothing of the class in the timing tasks") {
  for (const Dataset& set : all_tasks()) {
    CAPTURE(set.info().name);
    for (const Part part : parts) {
      // Whoever sees counts sees the same in all trials, so that no classifier is better than one
      // that always says the most frequent class: at chance, exactly.
      const auto labels = labels_by_counts(set, part);
      REQUIRE(labels.size() == 1);
      const auto& seen = labels.begin()->second;
      if (set.info().name == "yin_yang_itd") continue;  // labels are drawn, as in the published set
      for (const std::size_t count : seen) CHECK(count == set.size(part) / set.classes());
    }
  }
}

TEST_CASE(
    "every trial of a timing task is its own, in order, within the window, and the same again") {
  const std::vector<Dataset> again = all_tasks();
  std::size_t index = 0;
  for (const Dataset& set : all_tasks()) {
    CAPTURE(set.info().name);
    std::set<Time> times;
    std::size_t spikes = 0;
    for (const Part part : parts)
      for (std::size_t k = 0; k < set.size(part); ++k) {
        const Trial trial = set.trial(part, k);
        CHECK(trial.duration == 170.0);
        CHECK(std::is_sorted(trial.inputs.begin(), trial.inputs.end()));
        for (const Spike& s : trial.inputs) {
          if (s.time < 5.0 || s.time > 105.0) FAIL(s.time);
          times.insert(s.time);
        }
        spikes += trial.inputs.size();
        if (trial.inputs != again[index].trial(part, k).inputs) FAIL("not the same again");
      }
    // Every number was drawn for one trial; two differences of points may agree.
    CHECK(times.size() > 0.999 * static_cast<double>(spikes));
    ++index;
  }
}

TEST_CASE("interval: the class is the time between two spikes, and their middle says nothing") {
  const Dataset set = load_interval(window(), {});
  CHECK(set.info().inputs == 1);
  CHECK(set.info().class_names == std::vector<std::string>{"20 ms", "30 ms", "40 ms", "50 ms"});
  CHECK(set.size(Part::train) == 600);
  CHECK(set.size(Part::validation) == 300);
  CHECK(set.size(Part::test) == 600);
  std::vector<double> sum(4, 0.0), low(4, 1e9), high(4, 0.0), shortest(4, 1e9), longest(4, 0.0);
  for (std::size_t k = 0; k < 600; ++k) {
    const Trial trial = set.trial(Part::train, k);
    REQUIRE(trial.inputs.size() == 2);
    const auto c = static_cast<std::size_t>(set.label(Part::train, k));
    const Time interval = trial.inputs[1].time - trial.inputs[0].time;
    const Time middle = 0.5 * (trial.inputs[1].time + trial.inputs[0].time);
    CHECK(std::fabs(interval - (20.0 + 10.0 * static_cast<double>(c))) <= 1.0 + 1e-9);
    sum[c] += middle / 150.0;
    low[c] = std::min(low[c], middle);
    high[c] = std::max(high[c], middle);
    shortest[c] = std::min(shortest[c], interval);
    longest[c] = std::max(longest[c], interval);
  }
  for (std::size_t c = 0; c < 4; ++c) {
    CHECK(sum[c] == Approx(55.0).margin(4.0));  // deviation of a mean of 150: 1.2
    CHECK(low[c] >= 30.5);
    CHECK(high[c] <= 79.5);
    CHECK(high[c] - low[c] > 45.0);
    CHECK(longest[c] - shortest[c] > 1.8);
  }
}

TEST_CASE("coincidence: one input repeats another one, and a third nobody") {
  const CoincidenceTask task{6, 20.0, 1.0};
  const Dataset set = load_coincidence(window(), task);
  CHECK(set.info().class_names ==
        std::vector<std::string>{"1 repeats 0", "2 repeats 1", "0 repeats 2"});
  // Spikes of `b` that come the lag after one of `a`, going round after 100 ms.
  const auto repeats = [](const std::vector<Time>& a, const std::vector<Time>& b) {
    return std::count_if(b.begin(), b.end(), [&](Time t) {
      return std::any_of(a.begin(), a.end(), [&](Time s) {
        const double off = std::remainder(t - s - 20.0, 100.0);
        return std::fabs(off) <= 1.0 + 1e-9;
      });
    });
  };
  std::size_t by_chance = 0;
  std::vector<double> means(3, 0.0);
  for (std::size_t k = 0; k < 600; ++k) {
    const auto all = trains(set, set.trial(Part::train, k));
    const auto c = static_cast<std::size_t>(set.label(Part::train, k));
    for (std::size_t n = 0; n < 3; ++n) {
      REQUIRE(all[n].size() == 6);
      for (const Time t : all[n]) means[n] += t / 3600.0;
    }
    CHECK(repeats(all[c], all[(c + 1) % 3]) == 6);
    by_chance += static_cast<std::size_t>(repeats(all[(c + 1) % 3], all[(c + 2) % 3]));
    by_chance += static_cast<std::size_t>(repeats(all[(c + 2) % 3], all[c]));
  }
  // Each of 12 spikes has 6 chances of 2 ms in 100.
  CHECK(by_chance == Approx(600 * 12 * (1.0 - std::pow(0.98, 6))).epsilon(0.1));
  for (const double mean : means) CHECK(mean == Approx(55.0).margin(2.0));
  const Dataset together = load_coincidence(window(), {1, 0.0, 0.0});
  const auto pair = trains(together, together.trial(Part::test, 1));
  CHECK(pair[1] == pair[2]);
  CHECK(pair[0] != pair[1]);
}

TEST_CASE(
    "polychrony: a class is an order of the inputs at places that are the same in all classes") {
  const PolychronyTask task{5, 6, 50.0, 1.0};
  const auto patterns = polychrony_patterns(task);
  REQUIRE(patterns.size() == 5);
  CHECK(std::set(patterns.begin(), patterns.end()).size() == 5);
  for (std::vector<std::uint32_t> places : patterns) {
    std::sort(places.begin(), places.end());
    CHECK(places == std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5});
  }
  // The first classes do not depend on how many there are.
  CHECK(polychrony_patterns({2, 6, 50.0, 1.0})[1] == patterns[1]);
  const Dataset set = load_polychrony(window(), task);
  CHECK(set.info().inputs == 6);
  CHECK(set.classes() == 5);
  double low = 1e9, high = 0.0;
  for (std::size_t k = 0; k < 600; ++k) {
    const auto all = trains(set, set.trial(Part::train, k));
    const auto& places = patterns[static_cast<std::size_t>(set.label(Part::train, k))];
    // Where the pattern would begin, by each input: within twice the jitter the same.
    std::vector<Time> begins;
    for (std::size_t n = 0; n < 6; ++n) begins.push_back(all[n].at(0) - 10.0 * places[n]);
    const auto [least, most] = std::minmax_element(begins.begin(), begins.end());
    CHECK(*most - *least <= 2.0 + 1e-9);
    CHECK(*most - *least > 0.0);
    low = std::min(low, *least);
    high = std::max(high, *most);
  }
  CHECK(low < 7.0);
  CHECK(high > 53.0);
  // All orders of three inputs are six classes, each once.
  const auto orders = polychrony_patterns({6, 3, 20.0, 0.0});
  CHECK(std::set(orders.begin(), orders.end()).size() == 6);
}

TEST_CASE(
    "Yin-Yang in time differences: the points of the published set, whenever the sound comes") {
  const Dataset set = load_yin_yang_itd(window(), 20.0);
  CHECK(set.size(Part::train) == 5000);
  CHECK(set.size(Part::validation) == 1000);
  CHECK(set.size(Part::test) == 1000);
  const std::vector<YinYangPoint> points = yin_yang(1000, YinYangParts{}.test_seed);
  double low = 1e9, high = 0.0;
  for (std::size_t k = 0; k < 1000; ++k) {
    const auto all = trains(set, set.trial(Part::test, k));
    CHECK(set.label(Part::test, k) == points[k].label);
    const auto of = [&](std::size_t n) { return all[n].at(0); };
    CHECK(of(1) - of(0) == Approx(20.0 * (2.0 * points[k].x - 1.0)).margin(1e-12));
    CHECK(of(3) - of(2) == Approx(20.0 * (2.0 * points[k].y - 1.0)).margin(1e-12));
    const Time onset = 0.5 * (of(0) + of(1));
    CHECK(0.5 * (of(2) + of(3)) == Approx(onset).epsilon(1e-13));
    low = std::min(low, onset);
    high = std::max(high, onset);
  }
  CHECK(low >= 15.0);
  CHECK(low < 16.0);
  CHECK(high <= 95.0);
  CHECK(high > 94.0);
}

TEST_CASE("tasks that cannot be are refused") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(load_interval(window(), {1, 20.0, 50.0, 1.0}), ScenarioError);
  CHECK_THROWS_AS(load_interval(window(), {4, 0.0, 50.0, 1.0}), ScenarioError);
  CHECK_THROWS_AS(load_interval(window(), {4, 50.0, 50.0, 0.0}), ScenarioError);
  CHECK_THROWS_AS(load_interval(window(), {4, 20.0, 50.0, 5.0}), ScenarioError);  // neighbours meet
  CHECK_THROWS_AS(load_interval(window(), {4, 20.0, 50.0, -1.0}), ScenarioError);
  CHECK_THROWS_AS(load_interval(window(), {4, 20.0, 50.0, nan}), ScenarioError);
  CHECK_THROWS_AS(load_interval(window(), {2, 1.0, 50.0, 1.0}), ScenarioError);  // none left
  CHECK_THROWS_AS(load_interval(window(5.0, 55.9), {}), ScenarioError);
  CHECK_NOTHROW(load_interval(window(5.0, 56.0), {}));
  CHECK_THROWS_AS(load_coincidence(window(), {0, 20.0, 1.0}), ScenarioError);
  CHECK_THROWS_AS(load_coincidence(window(), {6, 49.0, 1.0}), ScenarioError);
  CHECK_THROWS_AS(load_coincidence(window(), {6, -1.0, 1.0}), ScenarioError);
  CHECK_THROWS_AS(load_coincidence(window(), {6, 20.0, nan}), ScenarioError);
  CHECK_THROWS_AS(load_polychrony(window(), {1, 6, 50.0, 1.0}), ScenarioError);
  CHECK_THROWS_AS(load_polychrony(window(), {3, 2, 50.0, 1.0}), ScenarioError);  // two orders
  CHECK_THROWS_AS(load_polychrony(window(), {4, 1, 50.0, 1.0}), ScenarioError);
  CHECK_THROWS_AS(load_polychrony(window(), {4, 6, 50.0, 5.0}), ScenarioError);
  CHECK_THROWS_AS(load_polychrony(window(), {4, 6, 99.0, 1.0}), ScenarioError);  // no room
  CHECK_THROWS_AS(load_polychrony(window(), {4, 6, nan, 1.0}), ScenarioError);
  CHECK_THROWS_AS(load_yin_yang_itd(window(), 0.0), ScenarioError);
  CHECK_THROWS_AS(load_yin_yang_itd(window(), 101.0), ScenarioError);
}

namespace {

std::string scenario(int inputs, const std::string& keys) {
  return "[scenario]\nduration = \"170 ms\"\n[[population]]\nname = \"in\"\nsize = " +
         std::to_string(inputs) +
         "\n[[population]]\nname = \"out\"\nsize = 6\nmodel = \"cuba_li\"\n"
         "[data]\npopulation = \"in\"\nt_early = \"5 ms\"\nt_late = \"105 ms\"\n" +
         keys;
}

}  // namespace

TEST_CASE("a scenario names the timing tasks and their keys") {
  const auto loaded = [](int inputs, const std::string& keys) {
    return load_dataset(parse_scenario(scenario(inputs, keys), "x.toml"), "");
  };
  const Dataset interval = loaded(
      1,
      "kind = \"interval\"\nclasses = 3\nshortest = \"10 ms\"\nlongest = \"30 ms\"\ntrain = 6\n");
  CHECK(interval.classes() == 3);
  CHECK(interval.size(Part::train) == 6);
  LatencyEncoding at_zero = window();
  at_zero.first = 0;
  CHECK(interval.trial(Part::test, 4).inputs ==
        load_interval(at_zero, {3, 10.0, 30.0, 0.0}).trial(Part::test, 4).inputs);
  const Dataset coincidence =
      loaded(3, "kind = \"coincidence\"\nspikes = 4\nlag = \"15 ms\"\njitter = \"0.5 ms\"\n");
  CHECK(coincidence.trial(Part::test, 4).inputs ==
        load_coincidence(at_zero, {4, 15.0, 0.5}).trial(Part::test, 4).inputs);
  const Dataset polychrony = loaded(
      5, "kind = \"polychrony\"\nclasses = 6\nchannels = 5\nspan = \"40 ms\"\njitter = \"2 ms\"\n");
  CHECK(polychrony.trial(Part::test, 4).inputs ==
        load_polychrony(at_zero, {6, 5, 40.0, 2.0}).trial(Part::test, 4).inputs);
  const Dataset itd = loaded(4, "kind = \"yin_yang_itd\"\nlargest_difference = \"12 ms\"\n");
  CHECK(itd.trial(Part::test, 4).inputs ==
        load_yin_yang_itd(at_zero, 12.0).trial(Part::test, 4).inputs);
}

TEST_CASE("what is wrong with the keys of a timing task is said where it is written") {
  const auto fails = [](int inputs, const std::string& keys, const std::string& key,
                        const std::string& words) {
    CAPTURE(keys);
    try {
      parse_scenario(scenario(inputs, keys), "x.toml");
      FAIL("no error");
    } catch (const ScenarioError& error) {
      CHECK(error.key == (key.empty() ? "data" : "data." + key));
      CHECK(error.line >= 10);
      CHECK_THAT(error.what(), Contains(words));
    }
  };
  const std::string interval = "kind = \"interval\"\nshortest = \"20 ms\"\n";
  fails(1, "kind = \"interval\"\nlongest = \"50 ms\"\n", "", "shortest = ");
  fails(1, interval + "longest = \"20 ms\"\n", "longest", "above 20");
  fails(1, interval + "longest = \"50 ms\"\njitter = \"5 ms\"\n", "jitter", "neighbours meet");
  fails(1, interval + "longest = \"100 ms\"\njitter = \"1 ms\"\n", "t_late", "need 101 ms");
  fails(1, interval + "longest = \"50 ms\"\nclasses = 1\n", "classes", "1");
  fails(1, interval + "longest = \"50 ms\"\nlag = \"5 ms\"\n", "lag", "interval");
  fails(3, "kind = \"coincidence\"\nlag = \"50 ms\"\n", "lag", "less than half");
  fails(3, "kind = \"coincidence\"\nlag = \"5 ms\"\nspikes = 0\n", "spikes", "0");
  fails(2, "kind = \"coincidence\"\nlag = \"5 ms\"\n", "population", "3");
  const std::string polychrony = "kind = \"polychrony\"\nspan = \"50 ms\"\n";
  fails(2, polychrony + "channels = 2\nclasses = 3\n", "classes", "2 orders");
  fails(6, polychrony + "jitter = \"5 ms\"\n", "jitter", "neighbours meet");
  fails(6, "kind = \"polychrony\"\nspan = \"101 ms\"\n", "t_late", "need 101 ms");
  fails(4, polychrony, "population", "channels = 6");
  fails(4, "kind = \"yin_yang_itd\"\n", "", "largest_difference = ");
  fails(4, "kind = \"yin_yang_itd\"\nlargest_difference = \"0 ms\"\n", "largest_difference", "0");
  fails(4, "kind = \"yin_yang_itd\"\nlargest_difference = \"101 ms\"\n", "t_late", "need 101 ms");
}
