// Stimuli and inline trials as scenarios write them.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <tbb/global_control.h>
#include <vector>

#include <retrograde/engine/parallel.hpp>
#include <retrograde/engine/trial/readout.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

#include "tests/support/scratch.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

const std::string head = "[scenario]\nduration = \"1000 ms\"\n";

std::string input(const std::string& name, int size, const std::string& spikes) {
  return "[[population]]\nname = \"" + name + "\"\nsize = " + std::to_string(size) +
         (spikes.empty() ? "\n" : "\nspikes = " + spikes + "\n");
}

std::vector<Spike> inputs(const std::string& text) {
  return parse_scenario(text, "stimuli.toml").trial.inputs;
}

std::vector<std::size_t> counts(const std::vector<Spike>& spikes, std::size_t neurons) {
  std::vector<std::size_t> counts(neurons);
  for (const Spike& s : spikes) ++counts[s.neuron];
  return counts;
}

}  // namespace

TEST_CASE("rates are written with their unit, per neuron or as a distribution") {
  const auto four =
      counts(inputs(head + input("in", 4,
                                 "{ stimulus = \"poisson\", rate = [\"10 Hz\", \"0 Hz\", \"0.1 "
                                 "kHz\", \"500 mHz\"] }")),
             4);
  CHECK(std::fabs(static_cast<double>(four[0]) - 10) < 4 * std::sqrt(10.0));
  CHECK(four[1] == 0);
  CHECK(std::fabs(static_cast<double>(four[2]) - 100) < 4 * std::sqrt(100.0));
  CHECK(four[3] < 6);

  const auto drawn = counts(
      inputs(head +
             input("in", 400,
                   "{ stimulus = \"poisson\", rate = { distribution = \"uniform\", low = \"10 "
                   "Hz\", high = \"30 Hz\" } }")),
      400);
  double sum = 0, squares = 0;
  for (const std::size_t n : drawn) {
    sum += static_cast<double>(n);
    squares += static_cast<double>(n * n);
  }
  // Mean 20, variance 20 of the counts and 400/12 of the rates.
  const double mean = sum / 400, variance = squares / 400 - mean * mean, expected = 20 + 400.0 / 12;
  CHECK(std::fabs(mean - 20) < 4 * std::sqrt(expected / 400));
  CHECK(std::fabs(variance - expected) < 4 * expected * std::sqrt(2.0 / 400));
}

TEST_CASE("every stimulus reads its keys") {
  CHECK(inputs(head + input("in", 2,
                            "{ stimulus = \"regular\", interval = \"300 ms\", phase = "
                            "[\"0 ms\", \"50 ms\"], start = \"100 ms\" }")) ==
        std::vector<Spike>{{100, 0}, {150, 1}, {400, 0}, {450, 1}, {700, 0}, {750, 1}});
  CHECK(inputs(head + input("in", 1,
                            "{ stimulus = \"regular\", rate = \"4 Hz\", stop = \"600 ms\" "
                            "}")) == std::vector<Spike>{{0, 0}, {250, 0}, {500, 0}});
  CHECK(inputs(head + input("in", 1,
                            "{ stimulus = \"bursts\", spikes = 2, interval = \"3 ms\", "
                            "every = \"500 ms\", phase = \"10 ms\" }")) ==
        std::vector<Spike>{{10, 0}, {13, 0}, {510, 0}, {513, 0}});
  CHECK(inputs(head + input("a", 1, "[[\"5 ms\", \"1 ms\"]]") +
               input("b", 2,
                     "{ stimulus = \"relay\", from = \"a\", delay = [\"0 ms\", \"2 ms\"] }")) ==
        std::vector<Spike>{{1, 0}, {1, 1}, {3, 2}, {5, 0}, {5, 1}, {7, 2}});
  const auto steps =
      counts(inputs(head + input("in", 1,
                                 "{ stimulus = \"poisson\", rates = [{ at = \"0 ms\", rate = \"0 "
                                 "Hz\" }, { at = \"500 ms\", rate = \"1 kHz\" }] }")),
             1);
  CHECK(std::fabs(static_cast<double>(steps[0]) - 500) < 4 * std::sqrt(500.0));
}

TEST_CASE("pulses are the signal that changes write") {
  const std::string population = "[[population]]\nname = \"in\"\nsize = 2\nsignal = ", rest = "\n";
  const auto trial = [&](const std::string& signal) {
    return parse_scenario(head + population + signal + rest, "s.toml").trial;
  };
  const Trial pulse = trial("{ from = \"20 ms\", to = \"25 ms\", value = [1.6, 0.5] }");
  const Trial changes = trial(
      "[[{ at = \"20 ms\", value = 1.6 }, { at = \"25 ms\", value = 0 }], [{ at = \"20 ms\", "
      "value = 0.5 }, { at = \"25 ms\", value = 0 }]]");
  CHECK(pulse.inputs == changes.inputs);
  CHECK(pulse.payloads == changes.payloads);
  const Trial two = trial(
      "[{ from = \"30 ms\", to = \"1000 ms\", value = 1 }, { from = \"20 ms\", to = \"30 ms\", "
      "value = 2 }]");
  CHECK(two.inputs == std::vector<Spike>{{20, 0}, {20, 1}, {30, 0}, {30, 1}});
  CHECK(two.payloads == std::vector<double>{2, 2, -1, -1});
}

TEST_CASE("fifty trials are drawn anew in each, the same for any number of threads (S5)") {
  const std::string text = "[scenario]\nduration = \"1000 ms\"\ntrials = 50\n" +
                           input("in", 100, "{ stimulus = \"poisson\", rate = \"20 Hz\" }");
  const Scenario scenario = parse_scenario(text, "s5.toml");
  const Dataset data = load_dataset(scenario, "");
  REQUIRE(data.size(Part::train) == 50);
  CHECK_FALSE(data.labelled());
  const auto all = [&](std::size_t threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    std::vector<std::vector<Spike>> trials(50);
    for_each_trial(50, [&](std::size_t k) { trials[k] = data.trial(Part::train, k).inputs; });
    return trials;
  };
  const auto one = all(1);
  CHECK(one == all(4));
  CHECK(one[0] == scenario.trial.inputs);
  double n = 0, sum = 0, squares = 0;
  for (std::size_t k = 0; k < 50; ++k) {
    if (k > 0) CHECK(one[k] != one[0]);
    std::vector<std::pair<std::size_t, Time>> last(100, {0, 0.0});
    for (const Spike& s : one[k]) {
      // The first five intervals of each neuron: almost no trial is over before (1e-5).
      auto& [count, time] = last[s.neuron];
      if (count++ >= 5) continue;
      n += 1;
      sum += s.time - time;
      squares += (s.time - time) * (s.time - time);
      time = s.time;
    }
  }
  const double mean = sum / n, cv = std::sqrt(squares / n - mean * mean) / mean;
  CHECK(n > 24'990);
  CHECK(std::fabs(mean - 50) < 3 * 50 / std::sqrt(n));
  CHECK(std::fabs(cv - 1) < 3 / std::sqrt(n));
  // Another seed, other spikes.
  CHECK(parse_scenario(text, "s5.toml", {.seed = 2}).trial.inputs != scenario.trial.inputs);
}

TEST_CASE("[[trial]] gives trials spikes, labels, durations and parts of their own") {
  const std::string text = head + input("in", 2, "[[\"1 ms\"], []]") +
                           "[[population]]\nname = \"other\"\nsize = 1\n" +
                           "[[population]]\nname = \"out\"\nsize = 2\nmodel = \"cuba_li\"\n"
                           "[[projection]]\nfrom = \"in\"\nto = \"out\"\nweight = 1.0\n"
                           "[loss]\nkind = \"voltage_cross_entropy\"\n"
                           "[[trial]]\nlabel = 1\n"
                           "[[trial]]\nlabel = 0\nduration = \"50 ms\"\nrepeat = 3\n"
                           "[trial.spikes]\nother = { stimulus = \"poisson\", rate = \"100 Hz\" }\n"
                           "in = [[], [\"7 ms\"]]\n"
                           "[[trial]]\nlabel = 0\npart = \"test\"\nduration = \"2 s\"\n"
                           "[trial.spikes]\nin = [[\"1500 ms\"], []]\n";
  const Scenario scenario = parse_scenario(text, "trials.toml");
  CHECK(scenario.network.populations()[1].model->is_input());
  CHECK(scenario.label == 1);
  CHECK(scenario.trial.inputs == std::vector<Spike>{{1, 0}});
  CHECK(scenario.longest_trial() == 2000.0);
  const Dataset data = load_dataset(scenario, "");
  REQUIRE(data.size(Part::train) == 4);
  REQUIRE(data.size(Part::test) == 1);
  CHECK(data.labelled());
  CHECK(data.classes() == 2);
  CHECK(data.label(Part::train, 0) == 1);
  CHECK(data.label(Part::train, 3) == 0);
  for (std::size_t k = 1; k < 4; ++k) {
    const Trial trial = data.trial(Part::train, k);
    CHECK(trial.duration == 50.0);
    std::size_t listed = 0;
    for (const Spike& s : trial.inputs) listed += s == Spike{7.0, 1};
    CHECK(listed == 1);
    CHECK(trial.inputs != data.trial(Part::train, 1 + k % 3).inputs);
  }
  CHECK(data.trial(Part::test, 0).inputs == std::vector<Spike>{{1500, 0}});
  // The machines take each as long as it lasts.
  for (std::size_t k = 0; k < 4; ++k) {
    const Trial trial = data.trial(Part::train, k);
    const Tape tape = scenario.machine(scenario.network)->run(trial, scenario.run_options());
    CHECK(tape.duration == trial.duration);
    CHECK(tape.voltage_integrals.size() == scenario.network.neuron_count());
  }
  // As text, it gives the same again.
  const Dataset again = load_dataset(parse_scenario(resolved_text(scenario), "other.toml"), "");
  CHECK(again.trial(Part::train, 2).inputs == data.trial(Part::train, 2).inputs);
}

TEST_CASE("spikes of a file are found beside the scenario, and from its run folder") {
  const ScratchFolder scratch;
  write_file(scratch / "spikes.csv", "neuron,time_ms\n2,5\n1,3\n2,2000\n");
  const std::string text =
      head + input("in", 2,
                   "{ stimulus = \"file\", path = \"spikes.csv\", first = 1, stop = \"1000 ms\" }");
  write_file(scratch / "a.toml", text);
  const Scenario scenario = read_scenario((scratch / "a.toml").string());
  CHECK(scenario.trial.inputs == std::vector<Spike>{{3, 0}, {5, 1}});
  const ScratchFolder elsewhere;
  write_file(elsewhere / "scenario.toml", resolved_text(scenario));
  const Scenario kept = read_scenario((elsewhere / "scenario.toml").string());
  CHECK(kept.trial.inputs == scenario.trial.inputs);
  CHECK(resolved_text(kept) == resolved_text(scenario));
}

TEST_CASE("a million Poisson spikes are drawn in order at once") {
  const Scenario scenario =
      parse_scenario("[scenario]\nduration = \"10 s\"\n" +
                         input("in", 10'000, "{ stimulus = \"poisson\", rate = \"10 Hz\" }"),
                     "many.toml");
  const auto& spikes = scenario.trial.inputs;
  CHECK(std::fabs(static_cast<double>(spikes.size()) - 1e6) < 4 * std::sqrt(1e6));
  CHECK(std::is_sorted(spikes.begin(), spikes.end()));
}
