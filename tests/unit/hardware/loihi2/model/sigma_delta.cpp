// Coding by differences, by hand; random networks are compared with Lava in tests/lava.
#include <catch2/catch.hpp>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/model/sigma_delta.hpp>

using namespace retrograde;
using namespace retrograde::loihi2;

TEST_CASE("a delta encoder sends changes and keeps what was too small", "[loihi2]") {
  const Delta neuron{.vth = 5};
  DeltaState state;
  std::vector<std::int32_t> sent;
  for (const std::int32_t a : {4, 8, 8, 9, 2}) sent.push_back(step(neuron, state, a, {}).spike);
  // 4 is kept; 8 - 4 + 4; 0; 1 is kept; 2 - 9 + 1.
  CHECK(sent == std::vector<std::int32_t>{0, 8, 0, 0, -6});
  CHECK(state == DeltaState{2, 0, 0});
}

TEST_CASE("with a cumulative error small changes are sent in the end", "[loihi2]") {
  const Delta neuron{.vth = 5, .cumulative_error = true};
  DeltaState state;
  std::vector<std::int32_t> sent;
  for (const std::int32_t a : {2, 2, 2, 2}) sent.push_back(step(neuron, state, a, {}).spike);
  // The error is 2, 4, 6: residues count again in every step.
  CHECK(sent == std::vector<std::int32_t>{0, 0, 2, 0});
  CHECK(state == DeltaState{2, 0, 0});
}

TEST_CASE("state has bits below the message, which are rounded down when it is sent", "[loihi2]") {
  const Delta neuron{.vth = 1, .spike_exp = 1, .state_exp = 2};
  DeltaState state;
  CHECK(step(neuron, state, 3, {}).spike == 6);  // 3 << 3 >> 2
  CHECK(state.act == 24);

  const SigmaDelta neither{.delta = {.vth = 1, .spike_exp = 0, .state_exp = 2}, .bias = -1};
  SigmaDeltaState s;
  CHECK(step(neither, s, 11, {}).spike == 1);  // 11 - 4 = 7, 7 >> 2
  CHECK(s.delta.residue == 0);
  CHECK(step(neither, s, -20, {}).spike == -2);  // rectified 0, -7 >> 2
  const SigmaDelta linear{.delta = neither.delta, .bias = -1, .linear = true};
  SigmaDeltaState l;
  step(linear, l, 11, {});
  CHECK(step(linear, l, -20, {}).spike == -5);  // -13 - 7 = -20
}

TEST_CASE("a decoder adds up what an encoder sent", "[loihi2]") {
  const Delta encoder{.vth = 0};
  DeltaState e;
  SigmaState d;
  for (const std::int32_t a : {3, 700, -20, -20, 0, 5}) {
    CHECK(step(Sigma{}, d, step(encoder, e, a, {}).spike, {}).spike == a);
    CHECK(d.sigma == a);
  }
}

TEST_CASE("sigma-delta fields that do not hold a value are named", "[loihi2]") {
  CHECK_THROWS_AS(check(Delta{.vth = -1}, "d[0]"), DeploymentError);
  CHECK_THROWS_AS(check(Delta{.spike_exp = 8}, "d[0]"), DeploymentError);
  CHECK_THROWS_AS(check(Delta{.vth = 1 << 12, .spike_exp = 6, .state_exp = 6}, "d[0]"),
                  DeploymentError);
  CHECK_NOTHROW(check(Delta{.vth = (1 << 11) - 1, .spike_exp = 6, .state_exp = 6}, "d[0]"));
  CHECK_THROWS_AS(check(SigmaDelta{.bias = -(1 << 23)}, "s[0]"), DeploymentError);
}
