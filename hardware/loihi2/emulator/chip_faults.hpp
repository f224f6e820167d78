// What fails on a chip while a network runs there: neurons that are dead, messages that are lost,
// weights that are not what they were. Steps are the chip's, counted from 0.
//
// A weight counts when a message reaches its synapse, in the step that sends it: what waits in an
// accumulator for a delay to pass is there already. (In exact time a synapse counts by its weight at the
// arrival; engine/trial/timeline.hpp.)
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <retrograde/events/ids.hpp>
#include <retrograde/hardware/loihi2/model/chip_network.hpp>

namespace retrograde::loihi2 {

inline constexpr std::uint32_t never_step = std::numeric_limits<std::uint32_t>::max();

// Sends nothing in steps [from, until), and what a host reads of it is 0. Not of inputs.
struct DeadNeuron {
  NeuronId neuron = 0;
  std::uint32_t from = 0, until = never_step;
};

// Of the messages that neurons [first, end) send in steps [from, until), a share reaches nobody: drawn by
// the how manieth message of its neuron each is, as the spikes of engine/trial/timeline.hpp are, with the
// `draw` of the trial's timeline.
struct LostMessages {
  NeuronId first = 0, end = 0;
  std::uint32_t from = 0, until = never_step;
  double share = 1.0;
  std::uint64_t seed = 1;
  std::string purpose = {};

  bool lose(NeuronId neuron, std::uint32_t step, std::uint64_t ordinal, std::uint64_t draw) const;
};

// From step `from` on the network is this one: the same but for its weights.
struct OtherWeights {
  std::uint32_t from = 0;
  ChipNetwork network;
};

struct ChipFaults {
  std::vector<DeadNeuron> dead;
  std::vector<LostMessages> lost;
  std::vector<OtherWeights> weights;  // ascending

  bool none() const { return dead.empty() && lost.empty() && weights.empty(); }
};

// The weight that is held where bit `bit` of the 8 that are stored (0 is the lowest) is stuck at `value`:
// of the magnitude, or in mode mixed of the two's complement of half the weight.
std::int16_t with_stuck_bit(std::int16_t weight, const WeightFormat& format, int bit, bool value);

}  // namespace retrograde::loihi2
