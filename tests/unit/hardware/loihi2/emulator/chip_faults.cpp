// Faults of the emulated chip against runs without them: a dead neuron is one whose spikes are taken
// away, weights that change in a step are those of another network from there on, and what is lost is a
// share that any order of asking finds again.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/emulator/emulator.hpp>

#include "tests/support/chip_network.hpp"

using namespace retrograde;
using namespace retrograde::loihi2;

namespace {

// Neurons that keep nothing from step to step and fire at every message: one per source.
ChipNetwork relays(std::uint32_t count, std::uint8_t delay = 0) {
  ChipNetwork network;
  network.populations = {{"in", Model::input, 0, count, 0},
                         {"n", Model::cuba_lif, count, count, 0}};
  network.neurons.assign(2 * count, {.du = 4095, .dv = 4095, .vth = 100});
  ChipProjection p{.name = "in->n", .source = 0, .target = 1, .format = {}, .synapses = {}};
  for (std::uint32_t n = 0; n < count; ++n) p.synapses.push_back({n, n, 200, delay});
  network.projections.push_back(std::move(p));
  return network;
}

// Every input fires in every step.
std::vector<ChipSpike> volley(std::uint32_t count, std::uint32_t steps) {
  std::vector<ChipSpike> inputs;
  for (std::uint32_t t = 0; t < steps; ++t)
    for (NeuronId n = 0; n < count; ++n) inputs.push_back({t, n});
  return inputs;
}

std::vector<std::uint32_t> steps_of(const Emulation& run, NeuronId neuron) {
  std::vector<std::uint32_t> steps;
  for (const ChipSpike& s : run.spikes)
    if (s.neuron == neuron) steps.push_back(s.step);
  return steps;
}

}  // namespace

TEST_CASE("a dead neuron sends nothing while it is dead, and the others do not notice") {
  const ChipNetwork network = relays(3);
  ChipFaults faults;
  faults.dead = {{4, 5, 12}};
  const auto inputs = volley(3, 20);
  const Emulation whole = Emulator(network).run(inputs, 20);
  const Emulation run = Emulator(network, {}, faults).run(inputs, 20);
  std::vector<std::uint32_t> alive;
  for (const std::uint32_t t : steps_of(whole, 4))
    if (t < 5 || t >= 12) alive.push_back(t);
  REQUIRE(steps_of(whole, 4).size() == 19);
  CHECK(steps_of(run, 4) == alive);
  CHECK(steps_of(run, 3) == steps_of(whole, 3));
  CHECK(run.populations[1].spikes == whole.populations[1].spikes - 7);
}

TEST_CASE("of a dead readout nothing is read") {
  ChipNetwork network = relays(2);
  network.populations[1].model = Model::cuba_li;
  ChipFaults faults;
  faults.dead = {{3, 0, never_step}};
  const EmulationOptions options{.readout = {Readout::Kind::voltage_integral, 1, {}}, .trace = {}};
  const auto inputs = volley(2, 10);
  const Emulation whole = Emulator(network).run(inputs, 10, options);
  const Emulation run = Emulator(network, {}, faults).run(inputs, 10, options);
  CHECK(whole.voltage_integrals[3] != 0.0);
  CHECK(run.voltage_integrals[3] == 0.0);
  CHECK(run.voltage_integrals[2] == whole.voltage_integrals[2]);
}

TEST_CASE("a message that is lost is sent and reaches nobody; another draw loses others") {
  const ChipNetwork network = relays(4);
  ChipFaults faults;
  faults.lost = {{0, 2, 100, 1100, 0.25, 3, "test"}};
  const std::uint32_t steps = 1200;
  const Emulation run = Emulator(network, {}, faults).run(volley(4, steps), steps);
  CHECK(steps_of(run, 0).size() == steps);
  const auto heard = steps_of(run, 4);
  // A quarter of a thousand, three standard errors of 13.7.
  CHECK(std::fabs(static_cast<double>(steps - 1 - heard.size()) - 250.0) < 41.0);
  CHECK(std::count_if(heard.begin(), heard.end(), [](auto t) { return t <= 100; }) == 100);
  CHECK(steps_of(run, 6).size() == steps - 1);
  CHECK(steps_of(run, 5) != heard);
  for (const std::uint32_t t : {100u, 500u, 1099u}) {
    const bool lost = faults.lost[0].lose(0, t, t, 0);
    CHECK((std::ranges::find(heard, t + 1) == heard.end()) == lost);
  }
  std::size_t differing = 0;
  for (std::uint32_t t = 100; t < 1100; ++t)
    differing += faults.lost[0].lose(0, t, t, 0) != faults.lost[0].lose(0, t, t, 1);
  CHECK(differing > 200);
}

TEST_CASE("weights of another network count for what is sent from that step on") {
  const ChipNetwork network = relays(2, 3);
  ChipNetwork cut = network;
  cut.projections[0].synapses[1].weight = 0;
  ChipFaults faults;
  faults.weights = {{6, cut}, {9, network}};
  const Emulation run = Emulator(network, {}, faults).run(volley(2, 20), 20);
  // Sent in t, a message arrives in t + 4; those of steps 6, 7 and 8 meet the cut synapse.
  std::vector<std::uint32_t> expected;
  for (std::uint32_t t = 0; t < 16; ++t)
    if (t < 6 || t > 8) expected.push_back(t + 4);
  CHECK(steps_of(run, 3) == expected);
  CHECK(steps_of(run, 2).size() == 16);
}

TEST_CASE("weights that change in the first step are the other network, whatever its layout") {
  const ChipNetwork network = test::dense_chip({40, 70, 30}, {1});
  ChipNetwork other = network;
  for (ChipProjection& p : other.projections)
    for (std::size_t k = 0; k < p.synapses.size(); k += 3) p.synapses[k].weight = 0;
  ChipFaults faults;
  faults.weights = {{0, other}};
  std::vector<ChipSpike> inputs;
  for (std::uint32_t t = 0; t < 60; ++t)
    for (NeuronId n = t % 5; n < 40; n += 5) inputs.push_back({t, n});
  const Emulation run = Emulator(network, {}, faults).run(inputs, 60);
  CHECK(run.spikes == Emulator(other).run(inputs, 60).spikes);
  CHECK(run.spikes != Emulator(network).run(inputs, 60).spikes);
  // And from a step in the middle up to it nothing is different.
  faults.weights[0].from = 30;
  const Emulation late = Emulator(network, {}, faults).run(inputs, 60);
  const Emulation whole = Emulator(network).run(inputs, 60);
  const auto before = [](const Emulation& e) {
    return std::count_if(e.spikes.begin(), e.spikes.end(),
                         [](const auto& s) { return s.step <= 30; });
  };
  REQUIRE(before(late) == before(whole));
  CHECK(std::equal(late.spikes.begin(), late.spikes.begin() + before(late), whole.spikes.begin()));
  CHECK(late.spikes != whole.spikes);
}

TEST_CASE("a stuck bit is one of the eight that are stored") {
  const WeightFormat mixed{SignMode::mixed, 8, 0}, up{SignMode::excitatory, 8, 0},
      down{SignMode::inhibitory, 8, 0};
  CHECK(with_stuck_bit(5, up, 7, true) == 133);
  CHECK(with_stuck_bit(133, up, 7, false) == 5);
  CHECK(with_stuck_bit(5, up, 0, true) == 5);
  CHECK(with_stuck_bit(-5, down, 1, true) == -7);
  // Half of 6 is 3, 0b00000011; of -2 it is -1, all ones.
  CHECK(with_stuck_bit(6, mixed, 2, true) == 14);
  CHECK(with_stuck_bit(6, mixed, 7, true) == -250);
  CHECK(with_stuck_bit(-2, mixed, 7, false) == 254);
  CHECK(with_stuck_bit(-2, mixed, 0, false) == -4);
  for (int weight = -256; weight < 256; weight += 2)
    for (int bit = 0; bit < 8; ++bit)
      for (const bool value : {false, true}) {
        const auto stuck = with_stuck_bit(static_cast<std::int16_t>(weight), mixed, bit, value);
        CHECK(stored_weight(stuck, mixed) == stuck);
        CHECK(((stuck / 2) >> bit & 1) == (value ? 1 : 0));
      }
}

TEST_CASE("faults that cannot be are refused") {
  const ChipNetwork network = relays(2);
  ChipFaults faults;
  faults.dead = {{0, 0, never_step}};
  CHECK_THROWS_WITH(Emulator(network, {}, faults), Catch::Contains("cannot be dead"));
  faults = {};
  faults.weights = {{0, relays(2, 1)}};
  CHECK_THROWS_WITH(Emulator(network, {}, faults), Catch::Contains("of the same synapses"));
}
