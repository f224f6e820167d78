// A network under attack on a task in which every decision is known: which of two inputs comes first,
// 0.3 ms before the other. Each drives its own output alone, so that the margin between first spikes
// is that between the inputs, and an attack wins from a radius of 0.15 ms on, one in l2 from
// 0.3 / sqrt(2) on.
#include <catch2/catch.hpp>
#include <cmath>
#include <memory>
#include <string>
#include <tbb/global_control.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/attack/attack_network.hpp>

#include "tests/support/two_ways.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

Dataset close_pairs(std::size_t size, std::vector<int> labels = {}) {
  std::vector<Trial> trials;
  for (std::size_t k = 0; k < size; ++k) {
    const auto first = static_cast<NeuronId>(k % 2);
    trials.push_back({20.0, {{1.1, first}, {1.4, 1 - first}}});
    if (labels.size() <= k) labels.push_back(static_cast<int>(first));
  }
  const auto part = std::make_shared<TrialList>(std::move(trials), std::move(labels));
  return Dataset({"pairs", 2, {"a", "b"}, 20.0}, part, no_samples(), part);
}

// two_ways, with more tables at its end, or more keys of its population "out".
Trained untrained(const std::string& more = "", const std::string& keys_of_out = "") {
  std::string text = two_ways().text;
  text.insert(text.find("[[projection]]"), keys_of_out);
  text.insert(text.find("[loss]\n") + 7, "population = \"out\"\n");
  Trained trained;
  trained.scenario = parse_scenario(text + more, "two_ways.toml");
  trained.network = trained.scenario.network;
  return trained;
}

AttackOptions options_of(std::vector<double> epsilons, AttackNorm norm = AttackNorm::linf) {
  AttackOptions options;
  options.spec.norm = norm;
  options.spec.epsilons = std::move(epsilons);
  options.spec.steps = 4;
  options.spec.restarts = 1;
  return options;
}

}  // namespace

TEST_CASE("an attack on first spikes wins where it can move two inputs past each other") {
  const Robustness r =
      attack_network(untrained(), close_pairs(40), options_of({0.0, 0.1, 0.149, 0.16, 0.5}));
  CHECK(r.count == 40);
  CHECK(r.inputs == "test trial");
  CHECK(r.unit == "ms");
  REQUIRE(r.curves.size() == 1);  // no [chip]
  const AttackCurve& exact = r.curves[0];
  CHECK(exact.name == "exact");
  REQUIRE(exact.radii.size() == 5);
  const std::uint64_t right[] = {40, 40, 40, 0, 0};
  for (std::size_t k = 0; k < 5; ++k) {
    CAPTURE(k);
    const AttackRadius& at = exact.radii[k];
    CHECK(at.right.part == right[k]);
    CHECK(at.right.whole == 40);
    CHECK(at.margin == Approx(0.3 - 2 * at.epsilon).margin(1e-9));
    CHECK(at.change == Approx(at.epsilon).epsilon(1e-9));
    CHECK(at.vanished.part == 0);
  }
  // Random points of the same size: two offsets uniform within 0.16 are 0.3 apart in one of 512.
  CHECK(exact.radii[3].random->part >= 36);
  CHECK(exact.radii[4].random->part <= 4);  // within 0.5 of one in four
  CHECK(signs_of_masking(exact).size() <= 1);
}

TEST_CASE("an attack in l2 spends its radius on both inputs") {
  const Robustness r =
      attack_network(untrained(), close_pairs(4), options_of({0.0, 0.21, 0.214}, AttackNorm::l2));
  const AttackCurve& exact = r.curves.at(0);
  CHECK(exact.radii[1].right.part == 4);
  CHECK(exact.radii[2].right.part == 0);
  CHECK(exact.radii[1].margin == Approx(0.3 - std::sqrt(2.0) * 0.21).margin(1e-9));
}

TEST_CASE("spikes stay within the trial") {
  // A radius of a second would move everything out of it: the first input can only come at 0 or late.
  const Robustness r = attack_network(untrained(), close_pairs(2), options_of({0.0, 1000.0}));
  CHECK(r.curves.at(0).radii[1].change < 20.0);
  CHECK(r.curves.at(0).radii[1].right.part == 0);
}

TEST_CASE("outputs that are silent have no gradient, which is told") {
  // One spike of weight 9 reaches 2.25, so nobody fires.
  const Robustness r = attack_network(untrained("", "v_threshold = 100.0\n"), close_pairs(10),
                                      options_of({0.0, 1.0}));
  const AttackCurve& exact = r.curves.at(0);
  CHECK(exact.radii[0].right.part == 0);
  CHECK(exact.radii[1].vanished.part == 10);
  const auto signs = signs_of_masking(exact);
  REQUIRE(signs.size() == 1);
  CHECK(signs[0].sign == MaskingSign::vanished);
}

TEST_CASE("the chip sees what the exact gradient has found, in its own steps") {
  // 1.1 and 1.4 ms are one step of 1 ms, and the lower output wins: half of them are right. The attack
  // at 0.5 ms reaches 1.6 and 0.9.
  const Robustness r = attack_network(untrained("[chip]\nstep = \"1 ms\"\n"), close_pairs(40),
                                      options_of({0.0, 0.05, 1.0}));
  REQUIRE(r.curves.size() == 2);
  const AttackCurve& chip = r.curves[1];
  CHECK(chip.name == "Loihi 2");
  CHECK(chip.transferred);
  REQUIRE(chip.radii.size() == 3);
  CHECK(chip.radii[0].right.part == 20);
  CHECK(chip.radii[1].right.part == 20);
  CHECK(chip.radii[2].right.part == 0);
  CHECK(chip.radii[2].right.whole == 40);
  CHECK(r.curves[0].radii[1].right.part == 40);
}

TEST_CASE("remarks say what else there is: untrained, no test part, not on the chip") {
  const Robustness r =
      attack_network(untrained("[chip]\n", "v_reset = 0.5\n"), close_pairs(2), options_of({0.0}));
  REQUIRE(r.curves.size() == 1);
  REQUIRE(r.remarks.size() == 2);
  CHECK_THAT(r.remarks[0], Contains("untrained"));
  CHECK_THAT(r.remarks[1], Contains("Not on Loihi 2: "));
}

TEST_CASE("the same bits for any number of threads, and others for another seed") {
  const auto run = [](std::size_t threads, std::uint64_t seed) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    AttackOptions options = options_of({0.0, 0.155, 0.2});
    options.spec.seed = seed;
    options.spec.restarts = 2;
    return attack_network(untrained(), close_pairs(50), options).curves.at(0);
  };
  const AttackCurve one = run(1, 1), four = run(4, 1), other = run(4, 2);
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(one.radii[k].margin == four.radii[k].margin);
    CHECK(one.radii[k].change == four.radii[k].change);
    CHECK(one.radii[k].random->part == four.radii[k].random->part);
  }
  CHECK(one.radii[2].random->part != other.radii[2].random->part);
}

TEST_CASE("the first trials that have labels are attacked; others cannot be") {
  AttackOptions options = options_of({0.0});
  options.trials = 6;
  CHECK(attack_network(untrained(), close_pairs(40), options).count == 6);
  const Robustness some = attack_network(
      untrained(), close_pairs(4, {0, no_decision, no_decision, 1}), options_of({0.0}));
  CHECK(some.count == 2);
  CHECK(some.curves[0].radii[0].right.part == 2);
  CHECK_THROWS_WITH(
      attack_network(untrained(), close_pairs(2, {no_decision, no_decision}), options_of({0.0})),
      Contains("two_ways.toml") && Contains("none of its trials has a label"));
  Trial graded{20.0, {{1.1, 0}, {1.4, 1}}, {}, {1.0, 2.0}};
  const auto part = std::make_shared<TrialList>(std::vector{graded}, std::vector{0});
  CHECK_THROWS_WITH(
      attack_network(untrained(), Dataset({"g", 2, {"a", "b"}, 20.0}, part, no_samples(), part),
                     options_of({0.0})),
      Contains("trial 0 brings an analogue signal"));
  std::size_t told = 0;
  const auto stop = [&](std::string_view, std::size_t, std::size_t) { return ++told < 2; };
  CHECK_THROWS_AS(attack_network(untrained(), close_pairs(40), options_of({0.0}), stop),
                  Interrupted);
  CHECK(told == 2);
}

TEST_CASE("the usual radii are round numbers from a thousandth to a twentieth of the trial") {
  CHECK(usual_radii(60.0) == std::vector<double>{0.0, 0.1, 0.2, 0.5, 1.0, 2.0});
  CHECK(usual_radii(1000.0) == std::vector<double>{0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0});
  CHECK(usual_radii(2.0) == std::vector<double>{0.0, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1});
}
