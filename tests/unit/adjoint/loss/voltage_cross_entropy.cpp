// Tapes written by hand; the arithmetic stands in the comments.
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>

#include "tests/unit/adjoint/loss/tapes.hpp"

using namespace retrograde;
using namespace retrograde::test::tapes;

TEST_CASE("voltage cross-entropy of integrals 1, 3 and -2 with gain 2 in 10 ms, worked by hand") {
  const auto loss = make_loss(VoltageCrossEntropySpec{out, 30.0, 2.0});
  // Logits 0.2, 0.6, -0.4; label a: log(1 + e^0.4 + e^-0.6).
  const double sum = 1.0 + std::exp(0.4) + std::exp(-0.6);
  const LossValue result = loss->evaluate(network(), usual(), 0);
  CHECK(std::fabs(result.value - 1.1120668138213547) < 1e-14);
  CHECK(result.spike_times.empty());
  REQUIRE(result.integrals.size() == 9);
  CHECK(std::fabs(result.integrals[a] - 0.2 * (1.0 / sum - 1.0)) < 1e-15);
  CHECK(std::fabs(result.integrals[b] - 0.2 * std::exp(0.4) / sum) < 1e-15);
  CHECK(std::fabs(result.integrals[c] - 0.2 * std::exp(-0.6) / sum) < 1e-15);
  for (const NeuronId other : {0u, 1u, 5u}) CHECK(result.integrals[other] == 0.0);
}
