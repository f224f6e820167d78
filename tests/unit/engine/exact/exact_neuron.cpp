// One neuron in 113 bits. References: closed forms of V for one arrival or a bias, and the rule of
// docs/mathematics.md, section 2.1, for what comes first.
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/engine/exact/exact_neuron.hpp>

using namespace retrograde;

namespace {

CubaLif neuron(double tau_mem, double tau_syn, double bias = 0.0, double t_ref = 0.0) {
  CubaLif n;
  n.tau_mem = tau_mem;
  n.tau_syn = tau_syn;
  n.bias = bias;
  n.t_ref = t_ref;
  n.derive();
  return n;
}

// tau_mem = 2 tau_syn: with x = e^(-s/tau_mem), V = w (x - x^2), first at the threshold 1 where
// x = (1 + sqrt(1 - 4/w)) / 2.
Time first_crossing(double tau_mem, double w) {
  return -tau_mem * std::log(0.5 * (1.0 + std::sqrt(1.0 - 4.0 / w)));
}

Verdict next(const CubaLif& n, const std::vector<ExactDelivery>& deliveries, Time last = -never,
             Time horizon = 100.0) {
  return next_spike_exactly(n, last, deliveries, 0.0, horizon);
}

}  // namespace

TEST_CASE("one arrival: the crossing is the nearest double to the closed form, or there is none") {
  const CubaLif n = neuron(20.0, 10.0);
  for (const double w : {4.5, 6.0, 10.0, 1e3, 1e100}) {
    const Verdict v = next(n, {{2.0, 2.0, w}});
    CHECK(v.spike == Approx(2.0 + first_crossing(20.0, w)).epsilon(1e-15));
    CHECK(v.after == 2.0);
    CHECK(v.before == never);
  }
  // V peaks at w / 4: exactly at the threshold for w = 4.
  CHECK(next(n, {{2.0, 2.0, 4.0}}).spike == Approx(2.0 + 20.0 * std::log(2.0)).epsilon(1e-15));
  CHECK(next(n, {{2.0, 2.0, std::nextafter(4.0, 0.0)}}).spike == never);
}

TEST_CASE("an arrival at the double of the crossing comes before it, the next double does not") {
  const CubaLif n = neuron(20.0, 10.0);
  const Time crossing = next(n, {{2.0, 2.0, 6.0}}).spike;
  const auto inhibited_at = [&](Time time) {
    return next(n, {{2.0, 2.0, 6.0}, {time, time, -50.0}});
  };
  CHECK(inhibited_at(std::nextafter(crossing, 0.0)).spike == never);
  CHECK(inhibited_at(crossing).spike == never);
  CHECK(inhibited_at(std::nextafter(crossing, never)).spike == crossing);
  CHECK(inhibited_at(std::nextafter(crossing, never)).before == std::nextafter(crossing, never));
  // One that lets V rise is met first as well.
  const Verdict excited = next(n, {{2.0, 2.0, 6.0}, {crossing, crossing, 1.0}});
  CHECK(excited.spike == crossing);
  CHECK(excited.after == crossing);
}

TEST_CASE("a verdict lies on the right side of what the run has met elsewhere by rounding") {
  const CubaLif n = neuron(20.0, 10.0);
  const Time crossing = next(n, {{2.0, 2.0, 6.0}}).spike;
  const Time above = std::nextafter(crossing, never), below = std::nextafter(crossing, 0.0);
  // Exactly at the crossing, in the run after it: it comes first.
  CHECK(next(n, {{2.0, 2.0, 6.0}, {crossing, above, 1.0}}).at() == above);
  // Exactly after the crossing, in the run at it: it comes later.
  CHECK(next(n, {{2.0, 2.0, 6.0}, {above, crossing, 1.0}}).at() == below);
}

TEST_CASE("after a spike V starts at the release, I goes on") {
  // Driven by its bias alone: 10 ln 2 ms from each release.
  const CubaLif driven = neuron(10.0, 5.0, 2.0, 3.0);
  const Time first = next(driven, {}).spike;
  CHECK(first == Approx(10.0 * std::log(2.0)).epsilon(1e-15));
  CHECK(next(driven, {}, first).spike == Approx(first + 3.0 + first).epsilon(1e-15));
  CHECK(next(driven, {}, first, first + 3.0).spike == never);
  // What arrived while V was held counts as much as has not decayed: I(5) = 8 e^(-0.3) from 2 ms.
  const CubaLif held = neuron(20.0, 10.0, 0.0, 4.0);
  const Verdict v = next(held, {{2.0, 2.0, 8.0}}, 1.0);
  CHECK(v.spike == Approx(5.0 + first_crossing(20.0, 8.0 * std::exp(-0.3))).epsilon(1e-15));
}

TEST_CASE("what has decayed below 113 bits is left out and changes nothing") {
  const CubaLif n = neuron(20.0, 10.0);
  std::vector<ExactDelivery> deliveries;
  for (int k = 0; k < 50; ++k) deliveries.push_back({0.1 * k, 0.1 * k, 0.05});
  deliveries.push_back({3000.0, 3000.0, 6.0});
  const Verdict all = next_spike_exactly(n, -never, deliveries, 0.0, 4000.0);
  const Verdict late = next_spike_exactly(n, -never, deliveries, 2990.0, 4000.0);
  CHECK(all.spike == late.spike);
  CHECK(all.spike == Approx(3000.0 + first_crossing(20.0, 6.0)).epsilon(1e-15));
  CHECK(lifetime(n, 0.05) < 2000.0);
}
