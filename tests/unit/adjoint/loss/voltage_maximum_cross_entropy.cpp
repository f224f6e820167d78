// Tapes written by hand; the arithmetic stands in the comments.
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/adjoint/loss/voltage_maximum_cross_entropy.hpp>

#include "tests/unit/adjoint/loss/tapes.hpp"

using namespace retrograde;
using namespace retrograde::test::tapes;

TEST_CASE("voltage-maximum cross-entropy of maxima 0.2, 0.6 and 0 with gain 2, worked by hand") {
  const auto loss = make_loss(VoltageMaximumCrossEntropySpec{readout, 2.0});
  Tape tape = usual();
  tape.voltage_maxima.assign(9, {});
  tape.voltage_maxima[6] = {0.2, 7.0, 3, 11, 0.25, 4};                     // on an arrival
  tape.voltage_maxima[7] = {0.6, 5.5, VoltageMaximum::nobody, 0, 0.0, 2};  // inside a stretch
  const double sum = std::exp(0.4) + std::exp(1.2) + 1.0;
  const LossValue result = loss->evaluate(network(), tape, 1);
  CHECK(std::fabs(result.value - (std::log(sum) - 1.2)) < 1e-15);
  REQUIRE(result.samples.size() == 3);  // in order of time
  CHECK(result.samples[0].time == 0.0);
  CHECK(result.samples[0].neuron == 8);
  CHECK(result.samples[1].time == 5.5);
  CHECK(result.samples[1].neuron == 7);
  CHECK(std::fabs(result.samples[1].gradient - 2.0 * (std::exp(1.2) / sum - 1.0)) < 1e-15);
  CHECK(result.samples[2].time == 7.0);
  CHECK(result.samples[2].neuron == 6);
  CHECK(std::fabs(result.samples[2].gradient - 2.0 * std::exp(0.4) / sum) < 1e-15);
  // The arrival moves the maximum by its slope.
  REQUIRE(result.deliveries.size() == 1);
  CHECK(result.deliveries[0].spike == 3);
  CHECK(result.deliveries[0].synapse == 11);
  CHECK(result.deliveries[0].gradient == 0.25 * result.samples[2].gradient);
  CHECK(result.spike_times.empty());
  CHECK(result.integrals.empty());
}
