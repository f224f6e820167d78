// Tapes written by hand; the arithmetic stands in the comments.
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include <retrograde/adjoint/loss/first_spike_margin.hpp>

#include "tests/unit/adjoint/loss/tapes.hpp"

using namespace retrograde;
using namespace retrograde::test::tapes;

TEST_CASE("first-spike margin of times 4, 6 and silence in 10 ms, worked by hand") {
  const auto loss = make_loss(FirstSpikeMarginSpec{out, 3.0, 2.0});
  // Label a: ((6 - 4 - 3)/2)^2/2 + ((10 - 4 - 3)/2)^2/2 = 1/8 + 9/8.
  const LossValue result = loss->evaluate(network(), usual(), 0);
  CHECK(result.value == 1.25);
  CHECK(result.spike_times == std::vector<double>{0.0, 0.0, -0.5, 0.0, -0.25, 0.0});
  // Label c, silent: ((4 - 10 - 3)/2)^2/2 + ((6 - 10 - 3)/2)^2/2.
  CHECK(value_of(*loss, usual(), 2) == 0.5 * 4.5 * 4.5 + 0.5 * 3.5 * 3.5);
}

TEST_CASE("the first-spike margin sees only differences: moving all spikes changes nothing") {
  const auto loss = make_loss(FirstSpikeMarginSpec{out, 3.0, 2.0});
  Tape later = busy();
  for (TapeSpike& s : later.spikes) s.time += 0.25;
  for (const int label : {0, 1, 2}) {
    const LossValue here = loss->evaluate(network(), busy(), label);
    CHECK(value_of(*loss, later, label) == here.value);
    double sum = 0.0;
    for (const double source : here.spike_times) sum += source;
    CHECK(std::fabs(sum) < 1e-15);
  }
}
