// Tapes written by hand; the arithmetic stands in the comments.
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include <retrograde/adjoint/loss/first_spike_cross_entropy.hpp>

#include "tests/unit/adjoint/loss/tapes.hpp"

using namespace retrograde;
using namespace retrograde::test::tapes;

TEST_CASE("first-spike cross-entropy of times 4, 6 and silence in 10 ms, worked by hand") {
  const auto loss = make_loss(FirstSpikeCrossEntropySpec{out, 2.0, 0.5, 10.0});
  // -t/tau0 = -2, -3 and, silent, -5. Label b: log(e^-2 + e^-3 + e^-5) + 3 + (e^0.6 - 1)/2.
  const double sum = std::exp(-2.0) + std::exp(-3.0) + std::exp(-5.0);
  CHECK(std::fabs(value_of(*loss, usual(), 1) - 1.7600716169634412) < 1e-14);
  const LossValue result = loss->evaluate(network(), usual(), 1);
  // dL/dt_a = -softmax_a/tau0; dL/dt_b = (1 - softmax_b)/tau0 + alpha/tau1 e^0.6.
  CHECK(std::fabs(result.spike_times.at(2) + 0.5 * std::exp(-2.0) / sum) < 1e-15);
  CHECK(std::fabs(result.spike_times.at(4) -
                  (0.5 * (1.0 - std::exp(-3.0) / sum) + 0.05 * std::exp(0.6))) < 1e-15);
  for (const std::size_t other : {0u, 1u, 3u, 5u}) CHECK(result.spike_times.at(other) == 0.0);
  CHECK(result.integrals.empty());
}

TEST_CASE("a label whose neuron is silent counts as firing at the end and has no source") {
  const auto loss = make_loss(FirstSpikeCrossEntropySpec{out, 2.0, 0.5, 10.0});
  // Label c: log(e^-2 + e^-3 + e^-5) + 5 + (e^1 - 1)/2.
  const double sum = std::exp(-2.0) + std::exp(-3.0) + std::exp(-5.0);
  const double expected = std::log(sum) + 5.0 + 0.5 * (std::exp(1.0) - 1.0);
  CHECK(std::fabs(value_of(*loss, usual(), 2) - expected) < 1e-14);
  // Nobody fires: all equal, log 3, and the label as late as it can be.
  const LossValue nobody = loss->evaluate(network(), silent(), 0);
  CHECK(std::fabs(nobody.value - (std::log(3.0) + 0.5 * (std::exp(1.0) - 1.0))) < 1e-15);
  CHECK(nobody.spike_times == std::vector<double>(2, 0.0));
}

TEST_CASE("without its late term, first-spike cross-entropy is a number in long trials as well") {
  // e^(1e5/10) is beyond doubles; times an alpha of 0 it is still nothing.
  const auto loss = make_loss(FirstSpikeCrossEntropySpec{out, 1e4, 0.0, 10.0});
  Tape tape = tape_of({{1e4, a}, {2e4, b}});
  tape.duration = 1e5;
  const double sum = std::exp(-1.0) + std::exp(-2.0) + std::exp(-10.0);
  for (const int label : {0, 1, 2}) {
    const double wanted = label == 0 ? 1.0 : label == 1 ? 2.0 : 10.0;
    CHECK(std::fabs(value_of(*loss, tape, label) - (std::log(sum) + wanted)) < 1e-14);
    for (const double source : loss->evaluate(network(), tape, label).spike_times)
      CHECK(std::isfinite(source));
  }
}
