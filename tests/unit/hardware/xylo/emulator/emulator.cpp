// Steps of small networks, worked by hand from the order that the published description gives: inputs
// at once, what neurons fire in the next step, aliases in the order of numbers.
#include <catch2/catch.hpp>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/xylo/emulator/emulator.hpp>

using namespace retrograde;
using namespace retrograde::xylo;

namespace {

// One channel, `hidden` neurons that the channel reaches with that weight, one output for the first.
XyloNetwork network(std::size_t hidden, std::int32_t weight, const Neuron& neuron) {
  XyloNetwork n;
  n.hidden.assign(hidden, neuron);
  n.outputs.assign(1, neuron);
  n.input.resize(1);
  for (std::uint32_t k = 0; k < hidden; ++k) n.input[0].push_back({k, 0, weight});
  n.recurrent.resize(hidden);
  n.readout.resize(hidden);
  n.readout[0] = {{0, 0, 64}};
  return n;
}

const Neuron plain{.threshold = 100, .dash_mem = 2, .dash_syn = {1, 1}};

void step(const Emulator& e, Activity& a, std::uint8_t events) {
  e.step(a, std::vector<std::uint8_t>{events});
}

}  // namespace

TEST_CASE("an input counts in its step after one decay, a neuron's event in the next step") {
  const Emulator e(network(1, 120, plain));
  Activity a = e.start();
  step(e, a, 2);
  // i = 240 - 120; v = 0 - 0 + 120, fires once, keeps 20.
  CHECK(a.hidden.i[0][0] == 120);
  CHECK(a.hidden.v[0] == 20);
  CHECK(a.hidden.fired[0] == 1);
  CHECK(a.outputs.i[0][0] == 0);
  CHECK(a.active_channels == 1);
  CHECK(a.synaptic_operations == 2);
  step(e, a, 0);
  // i = 120 - 60; v = 20 - 5 + 60. The output gets 64, of which a half is left.
  CHECK(a.hidden.i[0][0] == 60);
  CHECK(a.hidden.v[0] == 75);
  CHECK(a.hidden.fired[0] == 0);
  CHECK(a.outputs.i[0][0] == 32);
  CHECK(a.outputs.v[0] == 32);
  CHECK(a.synaptic_operations == 1);
}

TEST_CASE("both synapses of a neuron add to its V, each with its own decay") {
  XyloNetwork n = network(1, 80, {.threshold = 1000, .dash_mem = 2, .dash_syn = {1, 3}});
  n.input[0].push_back({0, 1, 80});
  const Emulator e(n);
  Activity a = e.start();
  step(e, a, 1);
  CHECK(a.hidden.i[0][0] == 40);
  CHECK(a.hidden.i[1][0] == 70);
  CHECK(a.hidden.v[0] == 110);
}

TEST_CASE("a channel brings 15 events a step at most") {
  const Emulator e(network(1, 10, {.threshold = 30000, .dash_syn = {1, 1}}));
  Activity a = e.start();
  step(e, a, 200);
  CHECK(a.hidden.i[0][0] == 75);
}

TEST_CASE("a shift multiplies weights, and sums saturate where they stand") {
  XyloNetwork n = network(1, 127, {.threshold = 32767, .dash_mem = 1, .dash_syn = {15, 1}});
  n.input_shift = 8;
  const Emulator e(n);
  Activity a = e.start();
  step(e, a, 15);
  CHECK(a.hidden.i[0][0] == 32766);  // 32767, less 1
  CHECK(a.hidden.saturated[0] == Cells::current);
  step(e, a, 0);
  CHECK(a.hidden.saturated[0] == Cells::voltage);
}

TEST_CASE("what is added to V saturates before the bias and after it") {
  XyloNetwork n =
      network(1, 127, {.threshold = 32767, .bias = -10000, .dash_mem = 15, .dash_syn = {15, 15}});
  n.input[0].push_back({0, 1, 127});
  n.input_shift = 8;
  const Emulator e(n);
  Activity a = e.start();
  step(e, a, 15);
  // Both currents are 32766; of their sum 32767 is left, and 22767 with the bias.
  CHECK(a.hidden.i[1][0] == 32766);
  CHECK(a.hidden.v[0] == 22767);
  CHECK((a.hidden.saturated[0] & Cells::voltage) != 0);
}

TEST_CASE("an alias fires in the same step where its number is higher, else in the next") {
  XyloNetwork n = network(3, 120, plain);
  n.input[0] = {{1, 0, 120}};
  n.readout[0].clear();
  n.hidden[1].alias = 2;
  n.readout[2] = {{0, 0, 64}};
  Activity a = Emulator(n).start();
  step(Emulator(n), a, 2);
  CHECK(a.hidden.fired[1] == 1);
  CHECK(a.hidden.fired[2] == 1);
  CHECK(a.hidden.v[2] == 0);

  n.hidden[1].alias = 0;
  a = Emulator(n).start();
  step(Emulator(n), a, 2);
  CHECK(a.hidden.fired[0] == 1);
  CHECK(a.hidden.v[0] == 0);
}

TEST_CASE("a bias moves V by that much a step and rests where the decay takes as much") {
  XyloNetwork n = network(1, 1, {.threshold = 30000, .bias = 8, .dash_mem = 3});
  const Emulator e(n);
  Activity a = e.start();
  step(e, a, 0);
  CHECK(a.hidden.v[0] == 8);
  for (int k = 0; k < 200; ++k) step(e, a, 0);
  CHECK(a.hidden.v[0] == 64);  // 64 >> 3 is 8
}

TEST_CASE("values outside their fields are refused, with the field and its range") {
  const auto refused = [](auto change, const char* field, const char* message) {
    XyloNetwork n = network(2, 10, plain);
    change(n);
    try {
      check(n);
      FAIL("accepted");
    } catch (const DeploymentError& error) {
      CHECK(error.field == field);
      CHECK_THAT(error.what(), Catch::Contains(message));
    }
  };
  refused([](auto& n) { n.hidden[1].threshold = 0; }, "threshold", "1 .. 32767");
  refused([](auto& n) { n.hidden[1].bias = 40000; }, "bias", "-32768 .. 32767");
  refused([](auto& n) { n.outputs[0].dash_mem = 16; }, "dash_mem", "0 .. 15");
  refused([](auto& n) { n.hidden[0].dash_syn[1] = -1; }, "dash_syn", "0 .. 15");
  refused([](auto& n) { n.input[0][0].weight = 128; }, "weight", "-128 .. 127");
  refused([](auto& n) { n.readout[0][0].synapse = 1; }, "synapse", "0 .. 0");
  refused([](auto& n) { n.readout_shift = 9; }, "weight shift", "0 .. 8");
  refused([](auto& n) { n.input[0][0].target = 2; }, "target", "2 neurons");
  refused([](auto& n) { n.outputs[0].alias = 0; }, "alias", "no alias");
  refused([](auto& n) { n.hidden[0].alias = 0; }, "alias", "another one");
  refused([](auto& n) { n.recurrent.pop_back(); }, "weight", "1 sources; there are 2");
}
