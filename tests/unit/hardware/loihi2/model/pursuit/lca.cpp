// Neurons of the locally competitive algorithm, by hand; random networks are compared with Lava in
// tests/lava, its published example in tests/golden/lca_example.cpp.
#include <catch2/catch.hpp>
#include <limits>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/model/pursuit/lca.hpp>

using namespace retrograde;
using namespace retrograde::loihi2;

TEST_CASE("an lca neuron sends what its voltage was beyond the threshold a step before",
          "[loihi2][pursuit]") {
  const Lca neuron{.vth = 10, .tau = 1 << 22, .bias = 20};  // decay of a quarter
  LcaState state;
  std::vector<std::int32_t> sent, held;
  for (const std::int32_t a : {0, 0, 0, -60, -60}) {
    const StepOutcome outcome = step(neuron, state, a, {});
    sent.push_back(outcome.spike);
    held.push_back(state.v);
  }
  // v: 20, 15 + 20, floor(26.25) + 20, floor(34.5) - 40, floor(-4.5) - 40
  CHECK(held == std::vector<std::int32_t>{20, 35, 46, -6, -45});
  CHECK(sent == std::vector<std::int32_t>{0, 10, 25, 36, 0});
  CHECK(step(neuron, state, 0, {}).spike == -35);
}

TEST_CASE("an lca neuron of two layers adds its own code and not its bias", "[loihi2][pursuit]") {
  const Lca neuron{.vth = 10, .tau = 1 << 22, .bias = 1000, .excites_itself = true};
  LcaState state{-23};
  CHECK(step(neuron, state, 0, {}).spike == -13);
  // floor(-17.25) + floor(-3.25)
  CHECK(state.v == -18 - 4);
}

TEST_CASE("what the weight exponent leaves is shifted by the neuron, rounding down",
          "[loihi2][pursuit]") {
  const Lca neuron{.vth = 0, .tau = 1 << 24, .bias = 0, .input_shift = 3};
  LcaState state;
  step(neuron, state, -1, {});
  CHECK(state.v == -1);
  step(neuron, state, 15, {});
  CHECK(state.v == 1);
  const LcaResidual residual{.spike_height = 5, .bias = 0, .input_shift = 2};
  LcaResidualState r;
  CHECK(step(residual, r, -21, {}).spike == -6);
  // Two shifts are one: what a network in Lava does with a weight exponent of -15.
  for (const std::int64_t sum : {std::int64_t{-1}, std::int64_t{32767}, std::int64_t{32768},
                                 std::int64_t{-32769}, std::int64_t{6'000'000'001}})
    CHECK((sum >> 8) >> 7 == sum >> 15);
}

TEST_CASE("a residual neuron sends all it has gathered and begins anew", "[loihi2][pursuit]") {
  const LcaResidual neuron{.spike_height = 10, .bias = 4};
  LcaResidualState state;
  std::vector<std::int32_t> sent;
  for (const std::int32_t a : {0, 2, 1, -30, 26}) sent.push_back(step(neuron, state, a, {}).spike);
  // 4, 10 (not beyond), 15; -26; 30
  CHECK(sent == std::vector<std::int32_t>{0, 0, 15, -26, 30});
  CHECK(state.r == 0);
}

TEST_CASE("registers of lca neurons saturate at their width and say so", "[loihi2][pursuit]") {
  constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max();
  const Lca narrow{.vth = 5, .tau = 1, .bias = 0, .bits = 24};
  LcaState state{8'388'600};
  CHECK_FALSE(step(narrow, state, 8, {}).saturated);  // floor(8388599.5) + 8
  CHECK(state.v == 8'388'607);
  CHECK(step(narrow, state, 2, {}).saturated);
  CHECK(state.v == 8'388'607);
  CHECK(step(narrow, state, 0, {}).spike == 8'388'602);
  state = {-8'388'600};
  CHECK(step(narrow, state, -100, {}).saturated);
  CHECK(state.v == -8'388'607);

  const Lca wide{.vth = 5, .tau = 1, .bias = 0};
  LcaState of_32{8'388'600};
  CHECK_FALSE(step(wide, of_32, 8, {}).saturated);
  CHECK(of_32.v == 8'388'607);  // 8388599 + 8: not a limit here
  CHECK_FALSE(step(wide, of_32, 8, {}).saturated);
  CHECK(of_32.v == 8'388'614);
  of_32.v = most;
  CHECK(step(wide, of_32, most, {}).saturated);
  CHECK(of_32.v == most);
  of_32.v = -most;
  CHECK(step(wide, of_32, -most, {}).saturated);
  CHECK(of_32.v == -most);

  const LcaResidual residual{.spike_height = 8'388'607, .bias = 8'388'607, .bits = 24};
  LcaResidualState r;
  CHECK_FALSE(step(residual, r, 0, {}).saturated);
  CHECK(step(residual, r, 1, {}).saturated);
  CHECK(r.r == 8'388'607);
}

TEST_CASE("fields of lca neurons that do not hold a value are named", "[loihi2][pursuit]") {
  using Catch::Matchers::Contains;
  const auto refused = [](const auto& neuron, const char* field) {
    CHECK_THROWS_WITH(check(neuron, "c[3]"), Contains("c[3]") && Contains(field));
  };
  CHECK_NOTHROW(
      check(Lca{.vth = 8'388'607, .tau = 1 << 24, .bias = -8'388'607, .bits = 24}, "c[3]"));
  CHECK_NOTHROW(check(Lca{.vth = 1 << 30, .bias = -(1 << 30)}, "c[3]"));
  refused(Lca{.vth = -1}, "vth");
  refused(Lca{.vth = 1 << 23, .bits = 24}, "vth");
  refused(Lca{.tau = 0}, "tau");
  refused(Lca{.tau = (1 << 24) + 1}, "tau");
  refused(Lca{.bias = 1 << 23, .bits = 24}, "bias");
  refused(Lca{.bias = std::numeric_limits<std::int32_t>::min()}, "bias");
  refused(Lca{.input_shift = 24}, "input_shift");
  refused(Lca{.bits = 33}, "bits");
  refused(LcaResidual{.spike_height = -1}, "spike_height");
  refused(LcaResidual{.bias = -(1 << 23), .bits = 24}, "bias");
  refused(LcaResidual{.input_shift = -1}, "input_shift");
  refused(LcaResidual{.bits = 7}, "bits");
}
