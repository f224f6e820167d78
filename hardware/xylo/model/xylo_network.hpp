// A network as Xylo Audio 3 has it: input channels, hidden neurons with recurrent connections and
// output neurons, all of them integers of a few bits.
//
//   events of a channel, 0 .. 15 a step  ->  hidden neurons, at once
//   hidden neurons, 0 .. 31 events       ->  hidden and output neurons, in the next step
//   output neurons, 0 or 1 event         ->  the host
//
// Weights have 8 bits and are shifted left by as many bits as their kind says (input, recurrent,
// readout) before they are added. A hidden neuron has two synapses with a decay each, an output
// neuron one. There are no delays: whatever a neuron fires arrives in the next step, and an input in
// the step in which it comes.
//
// An alias copies what a hidden neuron fires to another one, in the same step: events that it may
// still fire count as fired, without its threshold being taken from its V. Neurons take their step in
// the order of their numbers, so an alias of a higher number fires on in the same step; of a lower
// one, which has had its step, only what it sends grows.
//
// A network is checked once (`check`) and then constant.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace retrograde::xylo {

inline constexpr std::int32_t most_input_events = 15, most_hidden_events = 31,
                              most_output_events = 1;
inline constexpr int highest_dash = 15;
// A weight of 8 bits that is shifted by more would not fit the 16 bits of a state.
inline constexpr int highest_weight_shift = 8;
inline constexpr std::int32_t lowest_weight = -128, highest_weight = 127;
inline constexpr std::int32_t highest_threshold = 32767;

struct Neuron {
  std::int32_t threshold = highest_threshold;  // 1 .. 32767
  std::int32_t bias = 0;                       // 16 bits
  int dash_mem = 1;                            // 0 .. 15
  std::array<int, 2> dash_syn = {1, 1};        // 0 .. 15 each; outputs have the first one
  std::optional<std::uint32_t> alias = {};     // a hidden neuron; of hidden neurons only
};

struct Synapse {
  std::uint32_t target = 0;
  std::uint32_t synapse = 0;  // 0 or 1
  std::int32_t weight = 0;    // 8 bits
};

// By source, in the order in which they are added.
using Fanout = std::vector<std::vector<Synapse>>;

struct XyloNetwork {
  std::vector<Neuron> hidden, outputs;
  Fanout input;      // per channel, to hidden neurons
  Fanout recurrent;  // per hidden neuron, to hidden neurons
  Fanout readout;    // per hidden neuron, to output neurons
  int input_shift = 0, recurrent_shift = 0, readout_shift = 0;  // bits

  std::uint32_t channels() const { return static_cast<std::uint32_t>(input.size()); }
};

std::uint64_t synapse_count(const Fanout& fanout);

// Throws DeploymentError, with the remedy, for a value outside its field or a neuron that there is
// not. How many of everything the chip has is a matter of its profile (place/fit.hpp).
void check(const XyloNetwork& network);

}  // namespace retrograde::xylo
