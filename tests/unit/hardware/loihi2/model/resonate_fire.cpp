// Resonators by hand and against exact rotation; random networks are compared with Lava in
// tests/lava.
#include <catch2/catch.hpp>
#include <cmath>
#include <complex>
#include <numbers>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/model/resonate_fire.hpp>

using namespace retrograde;
using namespace retrograde::loihi2;

TEST_CASE("a resonator turns and shrinks its state", "[loihi2]") {
  constexpr double period = 12.5, alpha = 0.02;
  const ResonateFire neuron =
      resonate_fire(Resonance::phase_crossing, period, alpha, 100000, 6, 12);
  ResonateFireState state;
  step(neuron, state, 100000, 0);
  CHECK(state == ResonateFireState{6400000, 0});
  const std::complex<double> factor = std::polar(1.0 - alpha, 2.0 * std::numbers::pi / period);
  std::complex<double> exact = 6400000.0;
  for (int t = 0; t < 25; ++t) {
    step(neuron, state, 0, 0);
    exact *= factor;
    // The decays are cut to 12 bits, the state to integers.
    CHECK(state.re == Approx(exact.real()).margin(0.006 * 6400000));
    CHECK(state.im == Approx(exact.imag()).margin(0.006 * 6400000));
  }
}

TEST_CASE("the three kinds of resonators fire by phase or by size", "[loihi2]") {
  // A quarter turn a step: re, im -> -im, re.
  const auto quarter = [](Resonance kind, std::int32_t vth) {
    return ResonateFire{kind, 4096, 0, 12, 0, vth};
  };
  ResonateFireState state{5, -1};
  CHECK(step(quarter(Resonance::phase_crossing, 1), state, 0, 0).spike == 1);  // 1, 5
  CHECK(state == ResonateFireState{1, 5});
  state = {5, -1};
  CHECK(step(quarter(Resonance::phase_crossing, 2), state, 0, 0).spike == 0);
  state = {5, 1};
  CHECK(step(quarter(Resonance::phase_crossing, 0), state, 9, 0).spike == 0);  // im was not below 0

  state = {5, -8};
  CHECK(step(quarter(Resonance::graded, 7), state, 0, 0).spike == 8);
  state = {5, -8};
  CHECK(step(quarter(Resonance::graded, 8), state, 0, 0).spike == 0);

  state = {5, 2};
  CHECK(step(quarter(Resonance::izhikevich, 5), state, 0, 0).spike == 1);
  CHECK(state == ResonateFireState{0, 4});

  // Toward zero, and down.
  const auto half = [](Resonance kind) { return ResonateFire{kind, 0, 2048, 12, 0, 100}; };
  state = {-5, 0};
  step(half(Resonance::phase_crossing), state, 0, 0);
  CHECK(state.re == -2);
  state = {-5, 0};
  step(half(Resonance::graded), state, 0, 0);
  CHECK(state.re == -3);
}

TEST_CASE("resonator fields that do not hold a value are named", "[loihi2]") {
  const auto refused = [](ResonateFire neuron) {
    CHECK_THROWS_AS(check(neuron, "r[0]"), DeploymentError);
  };
  refused({.decay_bits = 16});
  refused({.sin_decay = 4097});
  refused({.cos_decay = -4097});
  refused({.state_exp = 8});
  refused({.resonance = Resonance::graded, .state_exp = 1});
  refused({.state_exp = 6, .vth = 1 << 17});
  CHECK_THROWS_AS(resonate_fire(Resonance::izhikevich, 10.0, -0.5, 1), DeploymentError);
}
