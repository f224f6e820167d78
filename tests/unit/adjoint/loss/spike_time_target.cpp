// Tapes written by hand; the arithmetic stands in the comments.
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include <retrograde/adjoint/loss/spike_time_target.hpp>

#include "tests/unit/adjoint/loss/tapes.hpp"

using namespace retrograde;
using namespace retrograde::test::tapes;

TEST_CASE("spike-time targets: k-th spike to k-th target, missing ones at the end, others free") {
  const auto loss = make_loss(SpikeTimeTargetSpec{out, {{3.0}, {}, {5.0, 8.0}}, 2.0});
  // a: ((4 - 3)/2)^2/2 = 1/8, its second spike is free; b is free; c is silent:
  // ((10 - 5)/2)^2/2 + ((10 - 8)/2)^2/2 = 25/8 + 1/2.
  const LossValue result = loss->evaluate(network(), usual(), 0);
  CHECK(result.value == 0.125 + 3.125 + 0.5);
  CHECK(result.spike_times == std::vector<double>{0.0, 0.0, 0.25, 0.0, 0.0, 0.0});
  // All met: nothing.
  const auto met = make_loss(SpikeTimeTargetSpec{out, {{4.0, 9.0}, {6.0}, {}}, 2.0});
  const LossValue none = met->evaluate(network(), usual(), 0);
  CHECK(none.value == 0.0);
  CHECK(none.spike_times == std::vector<double>(6, 0.0));
}
