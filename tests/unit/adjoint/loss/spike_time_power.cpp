// Tapes written by hand; the arithmetic stands in the comments.
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include <retrograde/adjoint/loss/spike_time_power.hpp>

#include "tests/unit/adjoint/loss/tapes.hpp"

using namespace retrograde;
using namespace retrograde::test::tapes;

TEST_CASE("spike-time powers and integrals add up with their coefficients, worked by hand") {
  const auto loss =
      make_loss(SpikeTimePowerSpec{out, {1.0, -2.0, 7.0}, 10.0, 2.0, {0.5, 0.0, 2.0}, 30.0});
  // 0.4^2 + 0.9^2 - 2 0.6^2 + 0.5 1 + 2 (-2) = 0.16 + 0.81 - 0.72 - 3.5.
  const LossValue result = loss->evaluate(network(), usual(), 0);
  CHECK(std::fabs(result.value + 3.25) < 1e-15);
  CHECK(std::fabs(result.spike_times.at(2) - 0.08) < 1e-16);
  CHECK(std::fabs(result.spike_times.at(4) + 0.24) < 1e-16);
  CHECK(std::fabs(result.spike_times.at(5) - 0.18) < 1e-16);
  CHECK(result.integrals == std::vector<double>{0.0, 0.0, 0.5, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0});
  // Parts left out are not there.
  const auto spikes = make_loss(SpikeTimePowerSpec{out, {1.0, 0.0, 0.0}, 1.0, 1.0, {}, never});
  CHECK(value_of(*spikes, usual(), 0) == 13.0);
  CHECK(spikes->evaluate(network(), usual(), 0).integrals.empty());
  const auto integral = make_loss(SpikeTimePowerSpec{out, {}, 1.0, 1.0, {1.0, 1.0, 1.0}, never});
  CHECK(value_of(*integral, usual(), 0) == 2.0);
  CHECK(integral->evaluate(network(), usual(), 0).spike_times.empty());
}
