// The two generated sets whose solution needs delays.
#include <catch2/catch.hpp>
#include <set>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/tasks/sequence_detection.hpp>
#include <retrograde/scenarios/data/tasks/temporal_xor.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/training.hpp>

using namespace retrograde;

namespace {

LatencyEncoding encoding(NeuronId first = 0) {
  LatencyEncoding e;
  e.t_early = 5.0;
  e.t_late = 45.0;
  e.duration = 90.0;
  e.first = first;
  return e;
}

}  // namespace

TEST_CASE("sequence detection is two trials: input 0 first, and input 1 first") {
  const Dataset set = load_sequence_detection(encoding(7));
  REQUIRE(set.size(Part::train) == 2);
  CHECK(set.size(Part::validation) == 0);
  CHECK(set.size(Part::test) == 2);
  CHECK(set.classes() == 2);
  CHECK(set.info().inputs == 2);
  for (const Part part : {Part::train, Part::test}) {
    CHECK(set.label(part, 0) == 0);
    CHECK(set.label(part, 1) == 1);
    CHECK(set.trial(part, 0).inputs == std::vector<Spike>{{5.0, 7}, {45.0, 8}});
    CHECK(set.trial(part, 1).inputs == std::vector<Spike>{{5.0, 8}, {45.0, 7}});
    CHECK(set.trial(part, 0).duration == 90.0);
  }
}

TEST_CASE("two simultaneous inputs of a sequence are ordered by neuron") {
  LatencyEncoding e = encoding();
  e.t_late = e.t_early;
  const Dataset set = load_sequence_detection(e);
  CHECK(set.trial(Part::train, 1).inputs == std::vector<Spike>{{5.0, 0}, {5.0, 1}});
}

TEST_CASE("temporal exclusive or: the label says whether the bits differ, all four cases alike") {
  const Dataset set = load_temporal_xor(encoding(3), 2.0);
  std::set<double> offsets;
  for (const Part part : {Part::train, Part::validation, Part::test}) {
    std::size_t cases[2][2] = {};
    for (std::size_t k = 0; k < set.size(part); ++k) {
      const Trial trial = set.trial(part, k);
      REQUIRE(trial.inputs.size() == 2);
      const NeuronId first = trial.inputs[0].neuron - 3, second = trial.inputs[1].neuron - 3;
      REQUIRE((first < 2 && second < 2));
      CHECK(set.label(part, k) == (first == second ? 0 : 1));
      CHECK(std::abs(trial.inputs[0].time - 5.0) <= 2.0);
      CHECK(std::abs(trial.inputs[1].time - 45.0) <= 2.0);
      offsets.insert(trial.inputs[0].time);
      offsets.insert(trial.inputs[1].time);
      ++cases[first][second];
    }
    for (const auto& row : cases)
      for (const std::size_t count : row) CHECK(count == set.size(part) / 4);
  }
  // No trial is in two parts: every time was drawn for itself.
  CHECK(offsets.size() == 2 * (400 + 200 + 400));
}

TEST_CASE(
    "a trial of temporal exclusive or is the same whenever it is asked for, and without "
    "jitter exact") {
  const Dataset set = load_temporal_xor(encoding(), 2.0),
                again = load_temporal_xor(encoding(), 2.0);
  CHECK(set.trial(Part::test, 17).inputs == again.trial(Part::test, 17).inputs);
  CHECK(set.trial(Part::test, 17).inputs != set.trial(Part::train, 17).inputs);
  const Dataset exact = load_temporal_xor(encoding(), 0.0);
  CHECK(exact.trial(Part::train, 1).inputs == std::vector<Spike>{{5.0, 0}, {45.0, 1}});
}

TEST_CASE("jitter that leaves the trial or makes the bits meet is refused") {
  for (const double jitter : {-1.0, 5.5, 25.0, 46.0}) {
    CAPTURE(jitter);
    CHECK_THROWS_AS(load_temporal_xor(encoding(), jitter), ScenarioError);
  }
  LatencyEncoding together = encoding();
  together.t_late = together.t_early;
  CHECK_THROWS_AS(load_temporal_xor(together, 0.0), ScenarioError);
  CHECK_NOTHROW(load_temporal_xor(encoding(), 5.0));
}

TEST_CASE("a scenario names the generated sets, their limits and their jitter") {
  const std::string head =
      "[scenario]\nduration = \"90 ms\"\n[[population]]\nname = \"in\"\nsize = 2\n"
      "[[population]]\nname = \"out\"\nsize = 2\nmodel = \"cuba_li\"\n"
      "[data]\npopulation = \"in\"\nt_early = \"5 ms\"\nt_late = \"45 ms\"\n";
  const Scenario sequence = parse_scenario(head + "kind = \"sequence_detection\"\n", "x.toml");
  CHECK(load_dataset(sequence, "").size(Part::train) == 2);
  const Scenario bits =
      parse_scenario(head + "kind = \"temporal_xor\"\njitter = \"1.5 ms\"\ntrain = 40\n", "x.toml");
  const Dataset set = load_dataset(bits, "");
  CHECK(set.size(Part::train) == 40);
  CHECK(set.size(Part::validation) == 200);
  CHECK(set.trial(Part::test, 5).inputs ==
        load_temporal_xor(encoding(), 1.5).trial(Part::test, 5).inputs);
}

TEST_CASE("a jitter that reaches the end of the trial by rounding is refused where it is written") {
  const auto scenario = [](const std::string& keys) {
    return "[scenario]\nduration = \"90 ms\"\n[[population]]\nname = \"in\"\nsize = 2\n"
           "[[population]]\nname = \"out\"\nsize = 2\nmodel = \"cuba_li\"\n"
           "[data]\nkind = \"temporal_xor\"\npopulation = \"in\"\nt_early = \"40 ms\"\n" +
           keys;
  };
  const auto line_of = [&](const std::string& keys) {
    try {
      parse_scenario(scenario(keys), "x.toml");
    } catch (const ScenarioError& error) {
      CHECK_THAT(error.what(), Catch::Contains("choose less jitter"));
      return error.line;
    }
    return 0u;
  };
  // 85 + 4.999999999999999 is 90 in doubles.
  CHECK(line_of("t_late = \"85 ms\"\njitter = \"4.999999999999999 ms\"\n") == 15);
  CHECK(line_of("t_late = \"40 ms\"\n") == 14);
  CHECK(line_of("t_late = \"85 ms\"\njitter = \"4.9 ms\"\n") == 0);
}
