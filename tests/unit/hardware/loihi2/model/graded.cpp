// The neuron without memory by hand; random networks are compared with Lava in tests/lava.
#include <catch2/catch.hpp>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/emulator/emulator.hpp>

using namespace retrograde;
using namespace retrograde::loihi2;

TEST_CASE("a graded neuron passes on what exceeds its threshold", "[loihi2]") {
  GradedState state;
  const auto sent = [&](const Graded& neuron, std::int32_t a) {
    return step(neuron, state, a, {}).spike;
  };
  CHECK(sent({.vth = 5}, 5) == 0);
  CHECK(sent({.vth = 5}, 6) == 6);
  CHECK(sent({.vth = 5}, -5) == 0);
  CHECK(sent({.vth = 5}, -6) == -6);
  CHECK(sent({.vth = 5, .rectified = true}, -6) == 0);
  CHECK(sent({.vth = 5, .rectified = true}, 6) == 6);
  CHECK(sent({.vth = 0}, 0) == 0);
  CHECK_THROWS_AS(check(Graded{.vth = 1 << 23}, "g[0]"), DeploymentError);
}

TEST_CASE("payloads are multiplied with weights where a projection has message bits", "[loihi2]") {
  // in -> graded -> two readouts, one of which does not look at payloads.
  ChipNetwork network;
  network.populations = {{"in", ChipModel::input, 0, 1},
                         {"graded", ChipModel::graded, 1, 1},
                         {"out", ChipModel::cuba_li, 2, 2}};
  network.populations[1].cells = std::vector<Graded>{{.vth = 1}};
  network.neurons.assign(4, {.du = 4095, .dv = 4095});
  network.projections = {{"a", 0, 1, {SignMode::mixed, 8, 0}, {{0, 0, -4, 0}}, {}, 8},
                         {"b", 1, 2, {SignMode::excitatory, 8, -1}, {{0, 0, 3, 2}}, {}, 16},
                         {"c", 1, 2, {SignMode::excitatory, 8, 0}, {{0, 1, 3, 0}}, {}, 0}};
  EmulationOptions options;
  options.trace.neurons = {2, 3};
  const Emulation run =
      Emulator(network).run(std::vector<ChipSpike>{{0, 0, 5}, {3, 0, -1}}, 9, options);
  CHECK(run.spikes == std::vector<ChipSpike>{{0, 0, 5}, {1, 1, -20}, {3, 0, -1}, {4, 1, 4}});
  // -20 * 3 >> 1 after 1 + 2 steps, 4 * 3 >> 1; and 3 for either message.
  CHECK(run.trace.u[0] == std::vector<std::int32_t>{0, 0, 0, 0, -30 * 64, 0, 0, 6 * 64, 0});
  CHECK(run.trace.u[1] == std::vector<std::int32_t>{0, 0, 3 * 64, 0, 0, 3 * 64, 0, 0, 0});
}
