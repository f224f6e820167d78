// The error budget, held against the emulator, which ends it, and against an integral done by hand.
#include <catch2/catch.hpp>
#include <cmath>
#include <tbb/global_control.h>

#include <retrograde/engine/scheduler.hpp>
#include <retrograde/hardware/loihi2/deploy/calibrate.hpp>
#include <retrograde/hardware/loihi2/deploy/conformance.hpp>
#include <retrograde/hardware/loihi2/deploy/error_budget.hpp>
#include <retrograde/hardware/loihi2/deploy/quantize.hpp>
#include <retrograde/hardware/spike_distance.hpp>

#include "tests/support/tiny_task.hpp"

using namespace retrograde;
using namespace retrograde::loihi2;

namespace {

struct Setup {
  test::TinyTask task;
  RunOptions options;
  Quantized quantized;

  Setup() : quantized(quantize(task.network)) { options.readout = task.loss->readout(); }
  ErrorBudget budget(const ChipNetwork* tuned = nullptr) const {
    return error_budget(*make_machine(task.network), quantized.chip, tuned, {}, task, options);
  }
};

}  // namespace

TEST_CASE("the distance of spike trains is van Rossum's integral") {
  const std::vector<Time> a = {1.0, 4.0, 4.5, 20.0}, b = {1.5, 9.0};
  constexpr double tau = 3.0, step = 1e-4;
  double integral = 0.0;
  for (double t = 0.5 * step; t < 120.0; t += step) {
    double d = 0.0;
    for (const Time s : a) d += t > s ? std::exp(-(t - s) / tau) : 0.0;
    for (const Time s : b) d -= t > s ? std::exp(-(t - s) / tau) : 0.0;
    integral += d * d * step;
  }
  CHECK(spike_distance(a, b, tau) == Approx(2.0 / tau * integral).epsilon(1e-4));
  CHECK(spike_distance(a, a, tau) == 0.0);
  CHECK(spike_distance(a, b, tau) == Approx(spike_distance(b, a, tau)).epsilon(1e-14));
  const std::vector<Time> one = {5.0}, moved = {7.0}, none;
  CHECK(spike_distance(one, none, tau) == 1.0);
  CHECK(spike_distance(one, moved, tau) ==
        Approx(2.0 * (1.0 - std::exp(-2.0 / tau))).epsilon(1e-14));
}

TEST_CASE("the budget begins at the exact network and ends at the emulated chip") {
  const Setup s;
  const ErrorBudget budget = s.budget(&s.quantized.chip);
  const Emulator emulator(s.quantized.chip);
  const Conformance c = compare(*make_machine(s.task.network), emulator, s.task, s.options);
  REQUIRE(budget.cumulative.size() == approximations.size());
  REQUIRE(budget.alone.size() == approximations.size());
  CHECK(budget.trials == c.samples);
  CHECK(budget.labelled == c.labelled);
  CHECK(budget.exact_correct == c.exact_correct);
  CHECK(budget.cumulative.back().correct == c.chip_correct);
  CHECK(budget.cumulative.back().changed == c.samples - c.agreed);
  CHECK(budget.cumulative.back().distance > 0.0);
  // What fine-tuning would have left as it was.
  REQUIRE(budget.tuned);
  CHECK(budget.tuned->correct == c.chip_correct);
  CHECK(budget.tuned->distance == budget.cumulative.back().distance);
  // The first step is the same alone, and nothing overflows here.
  CHECK(budget.alone[0].distance == budget.cumulative[0].distance);
  CHECK(budget.alone.back().distance == budget.alone[0].distance);
}

TEST_CASE("the distance of a budget is that of a spike which is no input") {
  const Setup s;
  const ErrorBudget budget = s.budget();
  const ApproximateNetwork grid(s.task.network, s.quantized.chip,
                                ApproximationSet{}.with(approximations[0]));
  double distance = 0.0, spikes = 0.0;
  for (std::size_t k = 0; k < s.task.size(); ++k) {
    std::vector<std::vector<Time>> a(s.task.network.neuron_count()), b = a;
    for (const TapeSpike& x : run(s.task.network, s.task.trial(k), s.options).spikes)
      a[x.neuron].push_back(x.time);
    for (const TapeSpike& x : grid.run(s.task.trial(k), s.options).spikes)
      b[x.neuron].push_back(x.time);
    for (NeuronId n = 2; n < s.task.network.neuron_count(); ++n) {  // 0 and 1 are the inputs
      distance += spike_distance(a[n], b[n], distance_steps * s.quantized.chip.step);
      spikes += static_cast<double>(a[n].size());
    }
  }
  REQUIRE(spikes > 0.0);
  CHECK(budget.cumulative[0].distance == Approx(distance / spikes).epsilon(1e-12));
}

TEST_CASE("the budget does not depend on the number of threads") {
  const Setup s;
  const auto run = [&](std::size_t threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    return s.budget();
  };
  const ErrorBudget one = run(1), two = run(2);
  for (std::size_t k = 0; k < approximations.size(); ++k) {
    CHECK(one.alone[k].distance == two.alone[k].distance);
    CHECK(one.cumulative[k].distance == two.cumulative[k].distance);
    CHECK(one.cumulative[k].correct == two.cumulative[k].correct);
  }
}
