// Signals of sparse coding on the chip. References: the emulator and its error budget alone
// (hardware/loihi2/pursuit), FISTA, and what two runs of the same have to agree in.
#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <tbb/global_control.h>

#include <retrograde/engine/pursuit/fista.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/read/chips/chip_profile.hpp>
#include <retrograde/scenarios/run/pursuit/chip_coding.hpp>
#include <retrograde/scenarios/run/pursuit/coding.hpp>

#include "tests/support/pursuit.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

// Without groups.
const std::string bp = changed(changed(small_pursuit, "l2 = 0.1", "l1 = 0.1"),
                               "features = \"norms\"", "features = \"codes\"") +
                       "[chip]\nstep = 0.03125\nsteps = 400\n";

struct Case {
  Scenario scenario;
  PursuitModel model;

  explicit Case(const std::string& text)
      : scenario(parse_scenario(text, "x.toml")), model(make_pursuit(scenario, "")) {}
  ChipCoding coded(std::size_t count) const {
    static const ChipProfile profile =
        read_chip_profile(RETROGRADE_SOURCE_DIR "/scenarios/chips/loihi2.toml");
    return code_on_chip(*scenario.pursuit, model, profile, count);
  }
};

}  // namespace

TEST_CASE("sparse coding on the chip: every signal is what the emulator alone makes of it") {
  const Case c(bp);
  const ChipCoding coding = c.coded(5);
  REQUIRE(coding.signals.size() == 5);
  CHECK(coding.fits());
  CHECK(coding.cores >= 1);
  const PursuitProblem& problem = c.model.classifier.problem;
  for (std::size_t k = 0; k < 5; ++k) {
    const Vector signal = c.model.signals.test.signal(k);
    const loihi2::ChipLcaRun alone = loihi2::run(
        loihi2::put_on_chip(problem, signal, c.scenario.pursuit->chip), problem, signal);
    const SignalOnChip& s = coding.signals[k];
    CHECK(s.chip.objective == alone.objective);
    CHECK(s.chip.zeros * 24 == Approx(alone.zeros));
    CHECK(s.chip.psnr == psnr(signal, problem.dictionary.signal(alone.code)));
    CHECK(s.chip.decided == decision(c.model.classifier, alone.code));
    CHECK(s.label == c.model.signals.test.labels[k]);
    double messages = 0.0;
    for (const auto& step : alone.trace) messages += step.messages;
    CHECK(s.messages == Approx(messages / 400.0));
    const PursuitSolution best = fista(problem, signal, {.tolerance = 1e-12});
    const double least = best.objective;
    CHECK(s.optimum.objective == Approx(least).epsilon(1e-9));
    CHECK(s.chip.objective > least);
    CHECK(s.from_optimum ==
          Approx((alone.code - best.code).norm() / best.code.norm()).margin(1e-3));
    CHECK(s.time.range.low <= s.time.value);
    CHECK(s.energy.value > 0.0);
  }
  // Of the first signal, one run.
  CHECK(coding.budget.chip.objective == coding.signals[0].chip.objective);
  CHECK(coding.budget.steps.objective == coding.signals[0].steps.objective);
  CHECK(coding.trace.size() == 400);
  CHECK(coding.trace.back().objective == coding.signals[0].chip.objective);
}

TEST_CASE("sparse coding on the chip: means and decisions are those of its signals") {
  const ChipCoding coding = Case(bp).coded(100);
  REQUIRE(coding.signals.size() == 12);  // all that there are
  const SignalOnChip mean = mean_of(coding.signals);
  double psnr = 0.0, high = 0.0;
  std::uint64_t same = 0, right = 0;
  for (const SignalOnChip& each : coding.signals) {
    psnr += each.chip.psnr / 12.0;
    high += each.time.range.high / 12.0;
    same += each.chip.decided == each.optimum.decided;
    right += each.chip.decided == each.label;
  }
  CHECK(mean.chip.psnr == Approx(psnr));
  CHECK(mean.time.range.high == Approx(high));
  REQUIRE(coding.decisions);
  CHECK(coding.decisions->same.whole == 12);
  CHECK(coding.decisions->same.part == same);
  REQUIRE(coding.decisions->chip);
  CHECK(coding.decisions->chip->part == right);
}

TEST_CASE("sparse coding on the chip: layers and registers are those of [chip]") {
  const Case one(bp), two(bp + "layers = 2\n"), narrow(bp + "bits = 10\n");
  const ChipCoding a = one.coded(1), b = two.coded(1), c = narrow.coded(1);
  CHECK(b.signals[0].messages > a.signals[0].messages);
  CHECK(c.signals[0].scale < a.signals[0].scale);
  CHECK(c.signals[0].from_optimum > a.signals[0].from_optimum);
}

TEST_CASE("sparse coding on the chip: groups and codes of one sign are refused with a remedy") {
  const ChipCoding groups = Case(small_pursuit).coded(1);
  CHECK_FALSE(groups.fits());
  CHECK_THAT(groups.refusal, Contains("l1 weights"));
  CHECK(groups.signals.empty());
  const ChipCoding sign = Case(changed(bp, "l1 = 0.1", "l1 = 0.1\nnon_negative = true")).coded(1);
  CHECK_FALSE(sign.fits());
  CHECK_THAT(sign.refusal, Contains("non_negative"));
}

TEST_CASE("sparse coding on the chip: threads do not show, and a stop is a stop") {
  const Case c(bp);
  const ChipCoding many = c.coded(4);
  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  const ChipCoding alone = c.coded(4);
  for (std::size_t k = 0; k < 4; ++k) {
    CHECK(many.signals[k].chip.objective == alone.signals[k].chip.objective);
    CHECK(many.signals[k].energy.value == alone.signals[k].energy.value);
  }
  const ChipProfile profile =
      read_chip_profile(RETROGRADE_SOURCE_DIR "/scenarios/chips/loihi2.toml");
  CHECK_THROWS_AS(code_on_chip(*c.scenario.pursuit, c.model, profile, 2,
                               [](std::string_view, std::size_t, std::size_t) { return false; }),
                  Interrupted);
}
