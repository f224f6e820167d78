// What an evaluation counts, on a task in which every decision is known.
#include <catch2/catch.hpp>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>

#include "tests/support/shipped_chip.hpp"
#include "tests/support/two_ways.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

Trained untrained(bool labelled = true) {
  Trained trained;
  trained.scenario = two_ways(labelled);
  trained.network = trained.scenario.network;
  return trained;
}

}  // namespace

TEST_CASE("an evaluation looks at the whole part, the budget at its first 1000 trials") {
  const Evaluation e =
      evaluate_network(untrained(), two_ways_data(1200, {3, 1100}), shipped_chip("loihi2"));
  CHECK(e.part == Part::test);
  CHECK(e.labelled());
  CHECK(e.exact.trials == 1200);
  CHECK(e.exact.correct == 1198);
  REQUIRE(e.chip);
  CHECK(e.chip->conformance.samples == 1200);
  CHECK(e.chip->conformance.exact_correct == 1198);
  CHECK(e.chip->conformance.chip_correct == 1198);
  CHECK(e.chip->budget.trials == 1000);
  CHECK(e.chip->budget.exact_correct == 999);  // the other mistake comes later
  REQUIRE(e.chip->deployment.forecast);
  CHECK(e.chip->deployment.forecast->trials == 200);
  REQUIRE(e.samples.size() == 3);  // the third of the worst is the first trial, a right one
  CHECK(e.samples[1].index == 3);
  CHECK(e.samples[2].index == 1100);
  CHECK(e.worst[1].index == 1100);
  CHECK(spiking_populations(two_ways().network) == std::vector<std::uint32_t>{1});
}

TEST_CASE("cores are placed by trials of another part than the test part") {
  const Dataset test = two_ways_data(30, {}), others = two_ways_data(4, {});
  const auto part_of = [&](const Dataset& data) {
    const Evaluation e = evaluate_network(untrained(), data, shipped_chip("loihi2"));
    REQUIRE(e.chip);
    REQUIRE(e.chip->deployment.forecast);
    return std::pair(name(e.chip->deployment.part), e.chip->deployment.forecast->trials);
  };
  const auto few = [&] {
    return std::make_shared<FirstTrials>(others.part(Part::train), others.size(Part::train));
  };
  const auto many = std::make_shared<FirstTrials>(test.part(Part::test), test.size(Part::test));
  CHECK(part_of(Dataset(test.info(), many, few(), many)) ==
        std::pair(std::string_view("validation"), std::uint64_t{4}));
  CHECK(part_of(Dataset(test.info(), few(), no_samples(), many)) ==
        std::pair(std::string_view("train"), std::uint64_t{4}));
}

TEST_CASE("an evaluation of trials without labels has a loss and no accuracy") {
  const Evaluation e =
      evaluate_network(untrained(false), two_ways_data(20, {}, false), shipped_chip("loihi2"));
  CHECK_FALSE(e.labelled());
  CHECK_FALSE(e.exact.accuracy());
  REQUIRE(e.chip);
  CHECK(e.chip->conformance.labelled == 0);
  CHECK(e.chip->budget.labelled == 0);
  CHECK(e.exact.trials == 20);
  CHECK(e.exact.loss() > 0.0);
}

TEST_CASE("an evaluation tells how far it is and stops when it is told to") {
  std::vector<std::string> told;
  const Dataset data = two_ways_data(20, {});
  evaluate_network(untrained(), data, shipped_chip("loihi2"),
                   [&](std::string_view what, std::size_t done, std::size_t of) {
                     CHECK(done <= of);
                     if (told.empty() || told.back() != what) told.emplace_back(what);
                     return true;
                   });
  CHECK(told == std::vector<std::string>{"exact evaluation", "Loihi 2 emulation", "error budget"});
  for (const std::string& last : told)
    CHECK_THROWS_AS(evaluate_network(untrained(), data, shipped_chip("loihi2"),
                                     [&](std::string_view what, std::size_t, std::size_t) {
                                       return what != last;
                                     }),
                    Interrupted);
}

TEST_CASE("a network that cannot go on the chip is evaluated exactly, with the reason") {
  Trained trained = untrained();
  trained.scenario = parse_scenario(
      [] {
        std::string text = two_ways().text;
        text.replace(text.find("name = \"out\""), 12, "name = \"out\"\nv_reset = 0.1");
        return text;
      }(),
      "x.toml");
  trained.network = trained.scenario.network;
  const Evaluation e = evaluate_network(trained, two_ways_data(20, {}), shipped_chip("loihi2"));
  CHECK(e.exact.correct == 20);
  CHECK_FALSE(e.chip);
  CHECK_THAT(e.chip_refusal, Catch::Matchers::Contains("v_reset"));
}
