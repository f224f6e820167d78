// Exact time against steps on a task in which every decision is known: which of two inputs comes
// first, 0.3 ms before the other. In steps of 1 ms both come at once, and the first one wins.
#include <catch2/catch.hpp>
#include <cmath>
#include <string>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/grid/grid.hpp>

#include "tests/support/two_ways.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

Dataset close_pairs(std::size_t size, bool labelled = true) {
  std::vector<Trial> trials;
  std::vector<int> labels;
  for (std::size_t k = 0; k < size; ++k) {
    const auto first = static_cast<NeuronId>(k % 2);
    trials.push_back({20.0, {{1.1, first}, {1.4, 1 - first}}});
    labels.push_back(static_cast<int>(first));
  }
  if (!labelled) labels.clear();
  const auto part = std::make_shared<TrialList>(std::move(trials), std::move(labels));
  return Dataset({"pairs", 2, {"a", "b"}, 20.0}, part, no_samples(), part);
}

// two_ways, with more tables at its end, or more keys of its population "out".
Trained untrained(const std::string& more = "", bool labelled = true,
                  const std::string& keys_of_out = "") {
  std::string text = two_ways(labelled).text;
  text.insert(text.find("[[projection]]"), keys_of_out);
  text.insert(text.find("[loss]\n") + 7, "population = \"out\"\n");
  Trained trained;
  trained.scenario = parse_scenario(text + more, "two_ways.toml");
  trained.network = trained.scenario.network;
  return trained;
}

}  // namespace

TEST_CASE("a grid that tells two spikes apart decides as exact time, a coarser one does not") {
  const GridComparison c =
      compare_on_grids(untrained(), close_pairs(40), {{1.0, 0.1, 0.01, 1.0}, 1000});
  CHECK(c.part == Part::test);
  CHECK(c.trials == 40);
  CHECK(c.labelled == 40);
  CHECK(c.exact.step == 0.0);
  CHECK(c.exact.correct == 40);
  CHECK(c.exact.same == 40);
  CHECK(c.exact.seconds > 0.0);
  CHECK_FALSE(c.differs(c.exact));
  // A mean over trials: twice as many of the same two kinds have the same.
  const GridComparison half = compare_on_grids(untrained(), close_pairs(20), {{1.0}, 1000});
  CHECK(c.exact.loss == Approx(half.exact.loss).epsilon(1e-12));
  REQUIRE(c.steps.size() == 3);  // ascending, each once
  for (std::size_t k = 0; k < 3; ++k) CHECK(c.steps[k].step == std::vector{0.01, 0.1, 1.0}[k]);
  for (std::size_t k = 0; k < 2; ++k) {
    CHECK(c.steps[k].correct == 40);
    CHECK(c.steps[k].same == 40);
    CHECK_FALSE(c.differs(c.steps[k]));
    CHECK(c.steps[k].seconds > 0.0);
  }
  CHECK(c.steps[0].loss == Approx(c.exact.loss).epsilon(0.01));
  CHECK(std::fabs(c.steps[0].loss - c.exact.loss) < std::fabs(c.steps[1].loss - c.exact.loss));
  CHECK(c.steps[2].correct == 20);
  CHECK(c.steps[2].same == 20);
  CHECK(c.differs(c.steps[2]));
  CHECK(c.accuracy(c.steps[2]) == 0.5);
  CHECK(c.agreement(c.steps[2]) == 0.5);
  CHECK_FALSE(c.chip);  // no [chip]
  CHECK(c.chip_refusal.empty());
}

TEST_CASE("bounds of a share are those of the binomial distribution") {
  GridComparison c;
  c.trials = c.labelled = 20;
  // All of them: (1 - p)^20 of the rest is 2.5 % where p = 0.025^(1/20).
  CHECK(c.accuracy_bounds({0.0, 20, 20}).low == Approx(std::pow(0.025, 1.0 / 20)).epsilon(1e-9));
  CHECK(c.accuracy_bounds({0.0, 20, 20}).high == 1.0);
  CHECK(c.agreement_bounds({0.0, 20, 0}).low == 0.0);
  CHECK(c.agreement_bounds({0.0, 20, 0}).high ==
        Approx(1.0 - std::pow(0.025, 1.0 / 20)).epsilon(1e-9));
  // Published for 10 of 20: 0.2720 to 0.7280.
  CHECK(c.accuracy_bounds({0.0, 10, 0}).low == Approx(0.2720).margin(5e-5));
  CHECK(c.accuracy_bounds({0.0, 10, 0}).high == Approx(0.7280).margin(5e-5));
  // One decision of a thousand is chance, forty are not: 1.96 sqrt(changed + 1).
  c.trials = c.labelled = 1000;
  c.exact = {0.0, 990, 1000};
  CHECK_FALSE(c.differs({1.0, 989, 999}));
  CHECK_FALSE(c.differs({1.0, 980, 960}));  // 10 below 12.5
  CHECK(c.differs({1.0, 950, 960}));        // 40 above 12.5
  CHECK(c.differs({1.0, 990 + 40, 960}));
}

TEST_CASE("without labels there is agreement and no accuracy") {
  const GridComparison c =
      compare_on_grids(untrained("", false), close_pairs(10, false), {{0.1, 1.0}, 1000});
  CHECK(c.labelled == 0);
  CHECK_FALSE(c.accuracy(c.exact));
  CHECK(c.agreement(c.steps[1]) == 0.5);
  CHECK_FALSE(c.differs(c.steps[1]));
}

TEST_CASE("the first trials are compared, and the chip where the scenario names one") {
  const GridComparison c =
      compare_on_grids(untrained("[chip]\nstep = \"1 ms\"\n"), close_pairs(40), {{0.1}, 6});
  CHECK(c.trials == 6);
  CHECK(c.exact.correct == 6);
  REQUIRE(c.chip);
  CHECK(c.chip->step == 1.0);
  CHECK_FALSE(c.tuned);
  CHECK(c.chip->seconds > 0.0);
  CHECK(c.chip->correct == 3);  // 1.1 and 1.4 ms are one step
}

TEST_CASE("a network that cannot go on the chip is compared all the same") {
  const GridComparison c = compare_on_grids(untrained("[chip]\n", true, "v_reset = 0.5\n"),
                                            close_pairs(4), {{0.1}, 1000});
  CHECK_FALSE(c.chip);
  CHECK_FALSE(c.chip_refusal.empty());
  CHECK(c.steps.size() == 1);
}

TEST_CASE("what cannot be compared is refused before a trial runs, and Ctrl-C stops between two") {
  std::size_t told = 0;
  const auto count = [&](std::string_view, std::size_t, std::size_t) { return ++told < 5; };
  CHECK_THROWS_AS(compare_on_grids(untrained(), close_pairs(4), {{1e-9}, 1000}, count), LimitError);
  const Trained adaptive =
      untrained("[[population]]\nname = \"slow\"\nmodel = \"alif\"\nsize = 1\n");
  CHECK_THROWS_WITH(compare_on_grids(adaptive, close_pairs(4), {{0.1}, 1000}, count),
                    Contains("slow") && Contains("alif"));
  CHECK(told == 0);
  CHECK_THROWS_AS(compare_on_grids(untrained(), close_pairs(4), {{0.1}, 1000}, count), Interrupted);
  CHECK(told == 5);
}
