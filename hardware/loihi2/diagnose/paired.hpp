// What two captures have in common, neuron by neuron, and by how many steps whole populations run
// later in one of them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <retrograde/hardware/loihi2/emulator/capture.hpp>
#include <retrograde/hardware/loihi2/model/chip_network.hpp>

namespace retrograde::loihi2 {

// Farther than that an input is another one, and a population has not merely been shifted.
inline constexpr std::int32_t largest_shift = 64;

// Two values that both are known.
struct Both {
  std::int32_t a = unknown, b = unknown;
  explicit operator bool() const { return a != unknown && b != unknown; }
  bool differ() const { return *this && a != b; }
};

// A neuron that both sides have, on one count of steps.
struct PairedNeuron {
  const CapturedNeuron& a;
  const CapturedNeuron& b;

  Both messages(std::int64_t t) const { return {value_at(a.messages, t), value_at(b.messages, t)}; }
  Both u(std::int64_t t) const { return {value_at(a.u, t), value_at(b.u, t)}; }
  Both v(std::int64_t t) const { return {value_at(a.v, t), value_at(b.v, t)}; }
};

// A population that both have, and what was compared of it.
struct PairedPopulation {
  std::string name;
  std::uint32_t a = 0, b = 0;                // index in the captures
  std::uint32_t size = 0;                    // neurons that both have
  std::int32_t shift = 0;                    // steps by which B runs later
  std::uint64_t messages = 0, u = 0, v = 0;  // values compared
  std::uint64_t differing = 0;               // values that differ, counters aside
  std::uint64_t counters = 0;                // refractory counters shown by one side only
};

// Populations that both have, in causal order: inputs first where a network (null: unknown) says
// which those are, else in the order of A.
std::vector<PairedPopulation> paired(const Capture& a, const Capture& b,
                                     const ChipNetwork* network);

// The steps of A that both sides have of a population, when B runs `shift` later.
std::pair<std::uint32_t, std::uint32_t> common_steps(const CapturedPopulation& a,
                                                     const CapturedPopulation& b,
                                                     std::int32_t shift);

// Steps by which the whole population runs later in B: what four fifths of its neurons agree on
// about the first step that shows anything, if fewer than half as many values differ with it.
std::int32_t shift_of(const CapturedPopulation& a, const CapturedPopulation& b, std::uint32_t size);

// Every population `moves[p]` steps later; what would come before step 0 is cut off.
Capture moved(const Capture& capture, const std::vector<std::int32_t>& moves);

}  // namespace retrograde::loihi2
