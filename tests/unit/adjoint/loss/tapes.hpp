// Tapes written by hand, for the tests of losses.
#pragma once

#include <vector>

#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/events/spike.hpp>

namespace retrograde::test::tapes {

inline constexpr std::uint32_t out = 1;
inline constexpr NeuronId a = 2, b = 3, c = 4;  // its neurons; 0 and 1 are inputs, 5 is a bystander
inline constexpr std::uint32_t readout = 3;     // neurons 6, 7 and 8

inline const Network& network() {
  static const Network built = [] {
    NetworkBuilder builder;
    builder.add({.name = "in", .model = Model::input, .size = 2});
    builder.add({.name = "out", .size = 3});
    builder.add({.name = "bystander", .size = 1});
    builder.add({.name = "readout", .model = Model::cuba_li, .size = 3});
    return builder.build();
  }();
  return built;
}

inline Tape tape_of(const std::vector<Spike>& spikes) {
  Tape tape;
  tape.duration = 10.0;
  for (const Spike& s : spikes) tape.spikes.push_back({s.time, 0.0, 0.0, s.neuron});
  tape.voltage_integrals = {0.0, 0.0, 1.0, 3.0, -2.0, 50.0, 0.0, 0.0, 0.0};
  return tape;
}

// Ten ms: a fires at 4 and 9, b at 6, c never; inputs and bystander fire as well.
inline Tape usual() {
  return tape_of({{1.0, 0}, {2.0, 5}, {4.0, a}, {5.0, 1}, {6.0, b}, {9.0, a}});
}
// Only inputs and bystander fire.
inline Tape silent() { return tape_of({{1.0, 0}, {2.0, 5}}); }
// Everybody fires, some several times.
inline Tape busy() {
  return tape_of({{0.5, c}, {1.0, b}, {2.0, c}, {3.0, a}, {3.5, b}, {7.0, c}, {8.0, a}});
}

inline double value_of(const Loss& loss, const Tape& tape, int label) {
  return loss.evaluate(network(), tape, label).value;
}

}  // namespace retrograde::test::tapes
