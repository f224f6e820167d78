// Cross-entropies far from 0 and 1 keep their digits.
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/adjoint/loss/first_spike_cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>

#include "tests/unit/adjoint/loss/tapes.hpp"

using namespace retrograde;
using namespace retrograde::test::tapes;

TEST_CASE("cross-entropies do not overflow: times and integrals far apart cost their difference") {
  const auto spikes = make_loss(FirstSpikeCrossEntropySpec{out, 1e-3, 0.0, 10.0});
  CHECK(value_of(*spikes, usual(), 0) == 0.0);
  CHECK(std::fabs(value_of(*spikes, usual(), 1) - 2000.0) < 1e-9);
  const auto voltage = make_loss(VoltageCrossEntropySpec{out, never, 1e4});
  CHECK(value_of(*voltage, usual(), 1) == 0.0);
  CHECK(std::fabs(value_of(*voltage, usual(), 2) - 5000.0) < 1e-9);
}

TEST_CASE("a cross-entropy that the label wins clearly keeps its digits") {
  // Logits 40, 0 and 0: the others have e^-40 each, 1 + 2 e^-40 is 1 in double.
  Tape tape = silent();
  tape.voltage_integrals[6] = 40.0 * tape.duration;
  const LossValue loss =
      make_loss(VoltageCrossEntropySpec{readout, never, 1.0})->evaluate(network(), tape, 0);
  const double other = std::exp(-40.0);
  CHECK(std::fabs(loss.value - 2.0 * other) < 1e-14 * other);
  CHECK(std::fabs(loss.integrals[6] + 2.0 * other / tape.duration) < 1e-14 * other);
  CHECK(std::fabs(loss.integrals[7] - other / tape.duration) < 1e-14 * other);

  const Tape first = tape_of({{1.0, a}, {9.0, b}, {9.0, c}});
  const LossValue spikes =
      make_loss(FirstSpikeCrossEntropySpec{out, 0.2})->evaluate(network(), first, 0);
  CHECK(std::fabs(spikes.value - 2.0 * other) < 1e-13 * other);
  CHECK(std::fabs(spikes.spike_times[0] - 2.0 * other / 0.2) < 1e-13 * other / 0.2);
  CHECK(std::fabs(spikes.spike_times[1] + other / 0.2) < 1e-13 * other / 0.2);
}
