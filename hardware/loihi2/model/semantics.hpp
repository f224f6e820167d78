// What the chip's registers do where sources differ. The defaults are Lava's.
//
//   Overflow         into b bits                                  who says so
//   keep             as it is, however large                      Lava, of the synaptic input a
//   lava_wrap        -2^(b-1) + 1 .. 2^(b-1), modulo 2^b          Lava, of u
//   twos_complement  -2^(b-1) .. 2^(b-1) - 1, modulo 2^b          NengoLoihi, of u and of a
//   saturate         -2^(b-1) + 1 .. 2^(b-1) - 1, the nearest     Lava and NengoLoihi, of v
//
//   register  bits  may be
//   a         16    keep, twos_complement, saturate
//   u         24    lava_wrap, twos_complement, saturate
//   v         24    saturate, twos_complement
//
// What the chip itself does at these edges is not public. The choices agree as long as nothing
// overflows; the emulator counts what does (PopulationActivity).
//
// SpikeRegister: what a probe of v reads in and after the step of a spike. The model has 0 there.
// The chip keeps its refractory counter in the register and shows 128 times it:
//   measured: 128 in the step of a spike with a refractory delay of 1 (neuromorphs/NIR 7232ada,
//     paper/01_lif);
//   published: 128 times the delay in that step for others (nengo/nengo-loihi, issue 170);
//   inferred: it counts down to 128 in the steps that follow.
//
// Sources: lava-nc/lava b6822fbc (proc/lif/models.py), nengo/nengo-loihi e564f66 (emulator).
#pragma once

#include <cstdint>
#include <string_view>

namespace retrograde::loihi2 {

enum class Overflow : std::uint8_t { keep, lava_wrap, twos_complement, saturate };
enum class SpikeRegister : std::uint8_t { zero, refractory_counter };

struct Semantics {
  Overflow a = Overflow::keep;
  Overflow u = Overflow::lava_wrap;
  Overflow v = Overflow::saturate;
  SpikeRegister spike_register = SpikeRegister::zero;

  friend bool operator==(const Semantics&, const Semantics&) = default;
};

inline constexpr int input_bits = 16;  // of a
inline constexpr int state_bits = 24;  // of u and v
// The register shows the refractory counter times this.
inline constexpr std::int32_t refractory_unit = 128;

// `x`, |x| < 2^62, as a register of `bits` bits holds it.
constexpr std::int64_t fitted(std::int64_t x, Overflow overflow, int bits) {
  const std::int64_t half = std::int64_t{1} << (bits - 1);
  const std::int64_t mask = 2 * half - 1;
  switch (overflow) {
    case Overflow::keep:
      break;
    case Overflow::lava_wrap:
      return ((x + half - 1) & mask) - (half - 1);
    case Overflow::twos_complement:
      return ((x + half) & mask) - half;
    case Overflow::saturate:
      return x > half - 1 ? half - 1 : x < 1 - half ? 1 - half : x;
  }
  return x;
}

std::string_view name(Overflow overflow);

// Throws NetworkError unless every register has one of its choices.
void check(const Semantics& semantics);

}  // namespace retrograde::loihi2
