// Synapses of Loihi 2: which weights exist, how they add up, and when they arrive.
//
// Weight: 8 bits. A projection has one sign mode, one number of weight bits b, one exponent E.
//
//   mode        clipped to     low bits that are removed
//   mixed       -256 .. 255    9 - b, rounding down: -3 becomes -4. With b = 8 the even numbers
//                              -256 .. 254 are left
//   excitatory  0 .. 255       8 - b
//   inhibitory  -255 .. 0      8 - b, of the magnitude
//
// Sum: what the sources of one projection send in one step over synapses of one delay is added for
// each target and then shifted once by E; a negative E rounds down. Sums do not saturate. Lava
// annotates its port with 16 bits, NengoLoihi models 21 bits and sign after the neuron's shift by
// 6; both are the same limit, accumulator_limit, which the emulator watches and, unless Semantics
// says otherwise, does not enforce.
//
// Payload: a message counts once, whatever it carries (Lava casts to boolean), over a projection
// with message_bits = 0. With message_bits > 0 each weight is multiplied by the payload first.
// Products and sums are kept modulo 2^32, as in Lava's arrays; those of messages of lca neurons
// (pursuit/lca.hpp) in full, as in its arrays, too, until they are shifted, and then saturate. Payloads are not cut to
// their width (Lava does not either). A message of payload 0 is none.
//
// Time: a spike in step t over a synapse of delay d is input of step t + 1 + d. The one step of
// latency is there with d = 0 too, and for recurrent and self connections alike.
//
// Sources: published code, lava-nc/lava b6822fbc (proc/dense, proc/sparse, utils/weightutils.py);
// the latency is measured as well (cuba_lif.hpp). Delays: the model takes 0 .. 63, the file format
// of deployed networks 0 .. 62.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace retrograde::loihi2 {

inline constexpr int weight_bits_max = 8;
// Payloads: up to 32 bits by Intel's Loihi 2 technology brief (published, second hand).
inline constexpr int message_bits_limit = 32;
inline constexpr std::uint32_t delay_limit = 63;             // of the model, steps
inline constexpr std::uint32_t deployable_delay_limit = 62;  // of the file format, steps
// Largest |a| that a 16-bit port holds: -2^15 .. 2^15 - 1.
inline constexpr std::int64_t accumulator_limit = 1 << 15;

enum class SignMode : std::uint8_t { mixed, excitatory, inhibitory };

// All weights >= 0: excitatory; all <= 0: inhibitory; else mixed. No or only zero weights:
// excitatory.
SignMode sign_mode_of(std::span<const std::int32_t> weights);

struct WeightFormat {
  SignMode sign = SignMode::mixed;
  int bits = weight_bits_max;  // b, 1 .. 8
  int exponent = 0;            // E, -8 .. 7

  friend bool operator==(const WeightFormat&, const WeightFormat&) = default;
};

// The weight that the chip holds when it is given this one: clipped, low bits removed.
std::int32_t stored_weight(std::int32_t weight, const WeightFormat& format);

// A sum of stored weights as the neuron sees it.
constexpr std::int64_t shifted(std::int64_t sum, int exponent) {
  return exponent >= 0 ? sum * (std::int64_t{1} << exponent) : sum >> -exponent;
}

struct PackedWeights {
  WeightFormat format;
  std::vector<std::int32_t> weights;
};

// Stored weights and a format that together add exactly the given integers, in as few weight bits
// as possible: the mantissas are shifted up until they fill the 8 bits and E undoes it (Lava's
// optimize_weight_bits). Throws DeploymentError for integers outside -256 .. 255, and for odd ones
// that do not fit into 8 bits with their sign.
PackedWeights pack_weights(std::span<const std::int32_t> integers);

}  // namespace retrograde::loihi2
