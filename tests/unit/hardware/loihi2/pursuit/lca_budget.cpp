// The error budget of a pursuit on the chip: its parts are what they claim to be.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include <retrograde/engine/pursuit/fista.hpp>
#include <retrograde/engine/pursuit/stepped_lca.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/pursuit/chip_lca.hpp>
#include <retrograde/hardware/loihi2/pursuit/lca_budget.hpp>

using namespace retrograde;
using namespace retrograde::loihi2;

namespace {

struct Case {
  PursuitProblem problem;
  Vector signal;
};

Case drawn(double lambda, unsigned seed, Eigen::Index dimension = 12, Eigen::Index atoms = 20) {
  std::mt19937 random(seed);
  Matrix d(dimension, atoms);
  for (Eigen::Index k = 0; k < d.size(); ++k)
    d(k) = static_cast<double>(random()) / 2147483648.0 - 1.0;
  d = normalised(d);
  const Vector signal = 1.5 * d.col(0) - 0.8 * d.col(7) + 0.4 * d.col(atoms - 1);
  return {{Dictionary(d), Penalty::equal(Groups::equal(atoms, 1), lambda, 0.0)}, signal};
}

}  // namespace

TEST_CASE("with all approximations the budget has the emulator's code, to the bit",
          "[loihi2][pursuit]") {
  for (unsigned seed = 1; seed <= 4; ++seed)
    for (const bool two_layers : {false, true})
      for (const int bits : {18, 24, 32}) {
        const Case c = drawn(0.1, seed);
        ChipLcaOptions options{.step = 1.0 / 32, .steps = 150, .two_layers = two_layers};
        options.spike_height = seed % 2 == 0 ? 0.05 : 0.0;
        options.bits = bits;
        const Vector emulated =
            run(put_on_chip(c.problem, c.signal, options), c.problem, c.signal).code;
        CHECK(approximate_lca(c.problem, c.signal, options, {.weights = true, .states = true}) ==
              emulated);
        CHECK(emulated.cwiseAbs().maxCoeff() > 0.1);
      }
}

TEST_CASE("registers that saturate do so in the budget, too, to the bit", "[loihi2][pursuit]") {
  for (const bool two_layers : {false, true}) {
    const Case c = drawn(0.05, 4);
    ChipLcaOptions options{.step = 1.0 / 32, .steps = 150, .two_layers = two_layers};
    options.bits = 20;
    options.scale = 500'000.0;  // of 524,287; the largest coefficient is beyond 1.05
    const ChipLcaRun emulated = run(put_on_chip(c.problem, c.signal, options), c.problem, c.signal);
    REQUIRE(emulated.emulation.populations[0].v_saturations > 0);
    CHECK(approximate_lca(c.problem, c.signal, options, {.weights = true, .states = true}) ==
          emulated.code);
  }
}

TEST_CASE("without approximations the budget runs LCA in steps", "[loihi2][pursuit]") {
  for (const bool two_layers : {false, true}) {
    const Case c = drawn(0.1, 5);
    const Vector ours = approximate_lca(
        c.problem, c.signal, {.step = 1.0 / 32, .steps = 150, .two_layers = two_layers}, {});
    const Vector steps =
        stepped_lca(c.problem, c.signal, {.step = 1.0 / 32, .steps = 150, .two_layers = two_layers})
            .code;
    CHECK((ours - steps).norm() < 1e-12);
  }
}

TEST_CASE("each part of the budget of a pursuit goes when its cause does", "[loihi2][pursuit]") {
  const Case c = drawn(0.1, 6);
  const LcaBudget short_run = lca_budget(c.problem, c.signal, {.step = 1.0 / 64, .steps = 128});
  const LcaBudget long_run = lca_budget(c.problem, c.signal, {.step = 1.0 / 64, .steps = 8192});
  // Convergence: of a run as long as this nothing is left.
  CHECK(short_run.time.from_optimum > 0.01);
  CHECK(long_run.time.from_optimum < 1e-6);
  CHECK(long_run.steps.from_optimum < 1e-6);
  CHECK(short_run.optimum.from_optimum == 0.0);
  CHECK(short_run.steps.from_steps == 0.0);
  CHECK(short_run.optimum.objective <= short_run.time.objective);

  // The size of a step: at the same time with steps of an eighth, an eighth of it is left.
  const LcaBudget fine = lca_budget(c.problem, c.signal, {.step = 1.0 / 512, .steps = 1017});
  CHECK((fine.time.code - short_run.time.code).norm() < 1e-3);
  CHECK(fine.time.from_steps < 0.2 * short_run.time.from_steps);

  // Rounding of states falls with the scale, that of weights does not.
  const auto at = [&](double scale) {
    return lca_budget(c.problem, c.signal, {.step = 1.0 / 64, .steps = 2048, .scale = scale});
  };
  const LcaBudget coarse = at(4096.0), finer = at(4096.0 * 256.0);
  CHECK(finer.states.from_steps < coarse.states.from_steps / 64.0);
  CHECK(finer.states.from_steps > 0.0);
  CHECK(finer.weights.from_steps == coarse.weights.from_steps);
  CHECK(finer.weights.from_steps > 10.0 * finer.states.from_steps);
  CHECK(finer.chip.from_steps == Approx(finer.weights.from_steps).epsilon(0.2));
}

TEST_CASE("weights that the chip stores as they are cost nothing", "[loihi2][pursuit]") {
  // A Gram matrix of multiples of 1/4: exact in 7 bits and a sign.
  Matrix atoms(2, 2);
  atoms << 1.0, 0.5, 0.0, std::sqrt(0.75);
  const PursuitProblem problem{Dictionary(atoms), Penalty::equal(Groups::equal(2, 1), 0.1, 0.0)};
  Vector signal(2);
  signal << 1.0, 0.7;
  const LcaBudget budget = lca_budget(problem, signal, {.step = 1.0 / 32, .steps = 200});
  CHECK(budget.weights.from_steps < 1e-14);
  CHECK(budget.states.from_steps > 0.0);
}

TEST_CASE("inputs that saturate do so in the budget, too, to the bit, and are counted",
          "[loihi2][pursuit]") {
  // Atoms of a cone, so that all push one way; a step so small that inputs have many more bits.
  std::mt19937 random(3);
  Matrix d(20, 60);
  for (Eigen::Index k = 0; k < d.size(); ++k) d(k) = static_cast<double>(random()) / 4294967296.0;
  d = normalised(d);
  const PursuitProblem problem{Dictionary(d), Penalty::equal(Groups::equal(60, 1), 0.01, 0.0)};
  const Vector signal = d.col(0) + 0.8 * d.col(7);
  for (const bool two_layers : {false, true}) {
    ChipLcaOptions options{.step = std::ldexp(1.0, -11), .steps = 200, .two_layers = two_layers};
    options.scale = std::ldexp(1.0, 31);
    const ChipLcaRun emulated = run(put_on_chip(problem, signal, options), problem, signal);
    CHECK(emulated.emulation.populations[0].v_saturations > 0);
    CHECK(approximate_lca(problem, signal, options, {.weights = true, .states = true}) ==
          emulated.code);
  }
}

TEST_CASE("a budget of no steps is refused", "[loihi2][pursuit]") {
  const Case c = drawn(0.1, 1);
  CHECK_THROWS_AS(lca_budget(c.problem, c.signal, {.steps = 0}), UsageError);
}
