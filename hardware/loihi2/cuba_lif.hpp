// The current-based leaky integrate-and-fire neuron of Loihi 2, in its own integers.
//
//   T(x, d) = sign(x) ((|x| (4096 - d)) >> 12)      multiply by 1 - d/4096, round toward zero
//
// One step, in this order, with a the synaptic input that arrived for it:
//   1.  a is what the synapses delivered (synapse.hpp)
//   2.  B := bias_mantissa << bias_exponent         >>, rounding down, for a negative exponent
//   3.  u := T(u, du + 1) + (a << 6)
//   4.  u wraps: above 2^23 minus 2^24, at or below -2^23 plus 2^24
//   5.  v := T(v, dv) + u + B, saturated to +-(2^23 - 1)
//   6.  spike iff v > vth << 6
//   7.  after a spike v := 0; u goes on
//
//   field          width          range                    stands for
//   du             12 bit         0 .. 4095                synaptic decay of (du + 1)/4096 a step
//   dv             12 bit         0 .. 4095                membrane decay of dv/4096 a step
//   vth            17 bit         1 .. 131071              threshold in weight units of 64
//   bias_mantissa  13 bit signed  -4096 .. 4095
//   bias_exponent                 -7 .. 7
//   u              24 bit signed  -2^23 + 1 .. 2^23
//   v              24 bit signed  -2^23 + 1 .. 2^23 - 1
//
// Where each rule comes from:
//   measured on a chip: steps 3, 5, 6, 7, T, the shift by 6 and the one step of synaptic latency,
//     for positive u and v without overflow and with du = 4095. A recorded run of 1000 steps
//     (neuromorphs/NIR, paper/01_lif) is reproduced bit by bit.
//   published code: the offset of 1 on du, rounding toward zero of negative values, wrapping and
//     saturation, the bias, the field widths (lava-nc/lava b6822fbc, proc/lif/models.py).
//   inferred: an input larger than one turn of u wraps as often as needed, where Lava subtracts
//     2^24 once. Both are equal as long as |a << 6| < 2^24, which a 16-bit port guarantees.
//
// The wrap of u is Lava's and differs at the edge from a two's complement register, whose range
// would be -2^23 .. 2^23 - 1. The chip's register shows 128 x (refractory delay) instead of 0 in
// the step of a spike, because it keeps the refractory counter there (measured); TraceOptions in
// emulator.hpp can show that. The model has no refractory period.
//
// A readout (Model::cuba_li) is the same neuron without steps 6 and 7.
#pragma once

#include <cstdint>
#include <string>

namespace retrograde::loihi2 {

inline constexpr std::int32_t decay_one = 4096;       // 12-bit decays are fractions of it
inline constexpr int state_shift = 6;                 // u and v have six bits below a weight unit
inline constexpr std::int64_t state_limit = 1 << 23;  // u and v have 24 bits
inline constexpr std::int64_t v_limit = state_limit - 1;  // |v| saturates here
inline constexpr std::int32_t vth_limit = (1 << 17) - 1;
inline constexpr std::int32_t bias_mantissa_min = -4096, bias_mantissa_max = 4095;
inline constexpr std::int32_t bias_exponent_limit = 7;

struct CubaLif {
  std::int32_t du = 0;
  std::int32_t dv = 0;
  std::int32_t vth = vth_limit;
  std::int32_t bias_mantissa = 0;
  std::int32_t bias_exponent = 0;

  constexpr std::int64_t bias() const {
    return bias_exponent >= 0 ? std::int64_t{bias_mantissa} * (std::int64_t{1} << bias_exponent)
                              : std::int64_t{bias_mantissa} >> -bias_exponent;
  }
  friend bool operator==(const CubaLif&, const CubaLif&) = default;
};

struct CubaLifState {
  std::int32_t u = 0;
  std::int32_t v = 0;
};

// T(x, d); 0 <= d <= 4096.
constexpr std::int64_t decayed(std::int64_t x, std::int64_t d) {
  const std::int64_t keep = decay_one - d;
  return x >= 0 ? (x * keep) >> 12 : -((-x * keep) >> 12);
}

// Into -2^23 + 1 .. 2^23, modulo 2^24.
constexpr std::int64_t wrapped(std::int64_t u) {
  constexpr std::int64_t turn = 2 * state_limit;
  return ((u + state_limit - 1) & (turn - 1)) - (state_limit - 1);
}

constexpr std::int64_t saturated(std::int64_t v) {
  return v > v_limit ? v_limit : v < -v_limit ? -v_limit : v;
}

// What one step did.
struct StepOutcome {
  bool spike = false;
  bool wrapped = false;    // u left its register
  bool saturated = false;  // v would have left its register
  std::int32_t v = 0;      // as compared with the threshold, before a reset
};

// Steps 2 to 7 for input `a`, |a| < 2^40. `spiking` false: a readout. `neuron` holds values that
// `check` accepts.
constexpr StepOutcome step(const CubaLif& neuron, CubaLifState& state, std::int64_t a,
                           bool spiking = true) noexcept {
  const std::int64_t current =
      decayed(state.u, neuron.du + 1) + a * (std::int64_t{1} << state_shift);
  const std::int64_t u = wrapped(current);
  const std::int64_t voltage = decayed(state.v, neuron.dv) + u + neuron.bias();
  const std::int64_t v = saturated(voltage);
  const bool spike = spiking && v > (std::int64_t{neuron.vth} << state_shift);
  state.u = static_cast<std::int32_t>(u);
  state.v = spike ? 0 : static_cast<std::int32_t>(v);
  return {spike, u != current, v != voltage, static_cast<std::int32_t>(v)};
}

// Throws LimitError naming the field when a value does not fit its width; `where` is the neuron,
// for the message.
void check(const CubaLif& neuron, const std::string& where);

}  // namespace retrograde::loihi2
