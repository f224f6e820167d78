// The reasons of a divergence: what breaks the rules, what differs between the networks, or what
// the two values alone can tell.
#pragma once

#include <cstdint>

#include <retrograde/hardware/loihi2/diagnose/divergence.hpp>
#include <retrograde/hardware/loihi2/diagnose/held_record.hpp>

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

// Fills in the reasons. `first.step` is on the count of steps of both sides.
void explain(Divergence& first, const HeldRecord& a, const HeldRecord& b,
             const PairedPopulation& pair);

}  // namespace retrograde::loihi2
