// What a neuron of the SNN core of Xylo Audio 3 (SYNS65302) does in a time step. Everything is an
// integer; states have 16 bits and saturate.
//
// Decay by a shift. What a state x loses in a step is x >> dash, an arithmetic shift, and at least 1
// towards 0, so that a state always gets there: with |x| < 2^dash a neuron forgets by 1 a step and
// not exponentially any more.
//
// A step, in this order:
//
//   i_k <- sat(i_k + events x weight)          arrivals, source by source (emulator.hpp)
//   i_k <- i_k - decay(i_k, dash_syn_k)        k: one or two synapses
//   d   <- sat(sat(-decay(v, dash_mem) + i_1 + i_2) + bias)
//   v   <- sat(v + d)
//   while v >= threshold and it has fired less often than it may:   v <- v - threshold, fired += 1
//
// So an arrival counts in the step in which it comes, after one decay; V is reset by subtraction, and
// a neuron may fire many times in a step. What a neuron fires reaches others in the next step.
//
// Published as source code (the simulator xylosim 0.1.3, module v2, which Rockpool 3.1.0 runs for
// Xylo Audio 3) and in words (Rockpool, "Overview of the Xylo family"); docs/xylo.md says how it is
// held against both and against values read from a chip.
#pragma once

#include <algorithm>
#include <cstdint>

namespace retrograde::xylo {

using State = std::int16_t;

inline constexpr std::int32_t lowest_state = -32768, highest_state = 32767;

constexpr State saturated(std::int32_t x) {
  return static_cast<State>(std::clamp(x, lowest_state, highest_state));
}

// What a state loses in a step; dash 0 .. 15.
constexpr State decay(State x, int dash) {
  const auto loss = static_cast<State>(x >> dash);
  if (loss != 0 || x == 0) return loss;
  return x > 0 ? 1 : -1;
}

// -decay(v, dash) as the chip's 16 bits hold it: of the one loss that has no opposite, -32768 (v =
// -32768 with dash 0), they hold that loss itself.
constexpr State opposite_decay(State v, int dash) {
  const State loss = decay(v, dash);
  return loss == lowest_state ? loss : static_cast<State>(-loss);
}

// Adds so many events of a weight to a synapse: the same as one after the other, since a sum of terms
// of one sign saturates at the same end.
constexpr State received(State i, std::int32_t weight, std::int32_t events) {
  return saturated(i + weight * events);
}

// How often a neuron has fired when the step is over, `fired` times of them before it began (an alias
// makes it fire, xylo_network.hpp). Threshold above 0.
constexpr std::int32_t fire(State& v, std::int32_t threshold, std::int32_t fired,
                            std::int32_t most) {
  while (v >= threshold && fired < most) {
    v = static_cast<State>(v - threshold);
    ++fired;
  }
  return fired;
}

}  // namespace retrograde::xylo
