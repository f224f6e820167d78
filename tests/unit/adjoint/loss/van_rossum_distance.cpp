// Tapes written by hand; the arithmetic stands in the comments.
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include <retrograde/adjoint/loss/van_rossum_distance.hpp>

#include "tests/unit/adjoint/loss/tapes.hpp"

using namespace retrograde;
using namespace retrograde::test::tapes;

TEST_CASE("the van Rossum distance is 1/2 per lonely spike and 1 - e^(-d/tau) for a shift by d") {
  // van Rossum, Neural Computation 13, 751 (2001): both numbers are his. a fires at 4 and 9, b
  // at 6.
  const auto nothing = make_loss(VanRossumDistanceSpec{out, {{4.0, 9.0}, {6.0}, {}}, 2.0});
  const LossValue same = nothing->evaluate(network(), usual(), 0);
  CHECK(same.value == 0.0);
  CHECK(same.spike_times == std::vector<double>(6, 0.0));  // the kink: the mean of its two sides
  const auto lonely = make_loss(VanRossumDistanceSpec{out, {{4.0, 9.0}, {}, {5.0}}, 2.0});
  const LossValue two = lonely->evaluate(network(), usual(), 0);
  CHECK(two.value == 1.0);  // b's spike has no target, c's target no spike
  CHECK(two.spike_times == std::vector<double>(6, 0.0));
  // b 1.5 ms early, and its derivative -e^(-1.5/2)/2; the integral goes on beyond the end at 10.
  const auto shifted = make_loss(VanRossumDistanceSpec{out, {{4.0, 9.0}, {7.5}, {}}, 2.0});
  const LossValue early = shifted->evaluate(network(), usual(), 0);
  CHECK(std::fabs(early.value - (1.0 - std::exp(-0.75))) < 1e-15);
  CHECK(std::fabs(early.spike_times.at(4) + 0.5 * std::exp(-0.75)) < 1e-16);
  CHECK(early.spike_times.at(2) == 0.0);
}

TEST_CASE(
    "the van Rossum distance is its integral: half the sum of e^(-|t - t'|/tau) over all pairs") {
  const std::vector<std::vector<Time>> targets{{2.5, 3.5, 7.9}, {}, {0.5, 9.5}};
  const double tau = 3.0;
  const auto loss = make_loss(VanRossumDistanceSpec{out, targets, tau});
  const Tape tape = busy();
  double sum = 0.0;
  for (std::uint32_t j = 0; j < 3; ++j) {
    std::vector<std::pair<Time, double>> events;
    for (const TapeSpike& s : tape.spikes)
      if (s.neuron == a + j) events.push_back({s.time, 1.0});
    for (const Time t : targets[j]) events.push_back({t, -1.0});
    for (const auto& [t, sign] : events)
      for (const auto& [u, other] : events)
        sum += 0.5 * sign * other * std::exp(-std::fabs(t - u) / tau);
  }
  CHECK(std::fabs(value_of(*loss, tape, 0) - sum) < 1e-14);
}
