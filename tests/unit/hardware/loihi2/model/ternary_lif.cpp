// The ternary neuron by hand; random networks are compared with Lava in tests/lava.
#include <catch2/catch.hpp>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/model/ternary_lif.hpp>

using namespace retrograde;
using namespace retrograde::loihi2;

TEST_CASE("a ternary neuron sends the sign of the threshold that it passed", "[loihi2]") {
  const TernaryLif neuron{.du = 4095, .dv = 0, .vth_lo = -3, .vth_hi = 5};
  TernaryLifState state;
  CHECK(step(neuron, state, 5).spike == 0);  // 320, the threshold itself
  CHECK(state.v == 320);
  CHECK(step(neuron, state, 1).spike == 1);
  CHECK(state.v == 0);
  CHECK(state.u == 64);
  CHECK(step(neuron, state, -3).spike == 0);
  const StepOutcome outcome = step(neuron, state, -1);
  CHECK(outcome.spike == -1);
  CHECK(outcome.v == -256);
  CHECK(state.v == 0);
}

TEST_CASE("thresholds of a ternary neuron that cross or leave their field are refused",
          "[loihi2]") {
  CHECK_NOTHROW(check(TernaryLif{.vth_lo = 7, .vth_hi = 7}, "t[0]"));
  CHECK_THROWS_AS(check(TernaryLif{.vth_lo = 8, .vth_hi = 7}, "t[0]"), DeploymentError);
  CHECK_THROWS_AS(check(TernaryLif{.vth_hi = 1 << 23}, "t[0]"), DeploymentError);
  CHECK_THROWS_AS(check(TernaryLif{.du = 4096}, "t[0]"), DeploymentError);
  CHECK_THROWS_AS(check(TernaryLif{.dv = -1}, "t[0]"), DeploymentError);
  CHECK_THROWS_AS(check(TernaryLif{.bias_exponent = 8}, "t[0]"), DeploymentError);
}
