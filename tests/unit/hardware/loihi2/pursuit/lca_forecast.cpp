// Forecasts of pursuits on the chip: counts that can be written down, and the published ordering.
#include <catch2/catch.hpp>
#include <random>

#include <retrograde/hardware/loihi2/pursuit/chip_lca.hpp>
#include <retrograde/hardware/loihi2/pursuit/lca_forecast.hpp>

#include "tests/support/shipped_chip.hpp"

using namespace retrograde;
using namespace retrograde::loihi2;

namespace {

PursuitProblem drawn(double lambda) {
  std::mt19937 random(2);
  Matrix d(24, 40);
  for (Eigen::Index k = 0; k < d.size(); ++k)
    d(k) = static_cast<double>(random()) / 2147483648.0 - 1.0;
  return {Dictionary(normalised(d)), Penalty::equal(Groups::equal(40, 1), lambda, 0.0)};
}

}  // namespace

TEST_CASE("the forecast of a pursuit counts every message and every weight behind it",
          "[loihi2][pursuit]") {
  const PursuitProblem problem = drawn(0.1);
  const Vector signal = problem.dictionary.dense().leftCols(3).rowwise().sum();
  for (const bool two_layers : {false, true}) {
    const ChipLca lca =
        put_on_chip(problem, signal, {.step = 1.0 / 16, .steps = 200, .two_layers = two_layers});
    const ChipLcaRun result = run(lca, problem, signal);
    const LcaForecast f = forecast(lca, result.emulation, test::shipped_chip("loihi2"));
    CHECK(f.fits());
    CHECK(f.mapping.cores.size() == (two_layers ? 2u : 1u));  // populations share no core
    CHECK(f.forecast.steps == 200.0);
    CHECK(f.forecast.spikes == static_cast<double>(result.emulation.spikes.size()));
    CHECK(f.forecast.operations == static_cast<double>(result.emulation.synaptic_operations));
    CHECK(f.forecast.updates == 200.0 * (two_layers ? 64.0 : 40.0));
    CHECK(f.forecast.time.value > 0.0);
    CHECK(f.forecast.total_energy.value > 0.0);
  }
}

// arXiv:2307.13762 (abstract): the advantage of Loihi 2 grows with the penalty. On the chip's side that
// is because fewer coefficients speak.
TEST_CASE("a larger penalty takes fewer messages, operations and dynamic energy",
          "[loihi2][pursuit]") {
  double messages = 1e300, operations = 1e300, energy = 1e300;
  for (const double lambda : {0.02, 0.1, 0.3}) {
    const PursuitProblem problem = drawn(lambda);
    const Vector signal = problem.dictionary.dense().leftCols(3).rowwise().sum();
    const ChipLca lca = put_on_chip(problem, signal, {.step = 1.0 / 16, .steps = 200});
    const LcaForecast f =
        forecast(lca, run(lca, problem, signal).emulation, test::shipped_chip("loihi2"));
    CHECK(f.forecast.messages < messages);
    CHECK(f.forecast.operations < operations);
    CHECK(f.forecast.dynamic_energy.value < energy);
    messages = f.forecast.messages;
    operations = f.forecast.operations;
    energy = f.forecast.dynamic_energy.value;
  }
}
