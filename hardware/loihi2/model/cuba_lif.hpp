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
//   7.  after a spike v := 0; u goes on. v stays 0 for refractory_delay - 1 more steps
//
// Overflow of a, u and v is Lava's unless Semantics (semantics.hpp) says otherwise.
//
//   field             width          range                    stands for
//   du                12 bit         0 .. 4095                synaptic decay of (du + 1)/4096 a step
//   dv                12 bit         0 .. 4095                membrane decay of dv/4096 a step
//   vth               17 bit         1 .. 131071              threshold in weight units of 64
//   bias_mantissa     13 bit signed  -4096 .. 4095
//   bias_exponent                    -7 .. 7
//   refractory_delay  6 bit          1 .. 63 steps            1: no refractory period
//   u                 24 bit signed  -2^23 + 1 .. 2^23
//   v                 24 bit signed  -2^23 + 1 .. 2^23 - 1
//
// Where each rule comes from:
//   measured on a chip: steps 3, 5, 6, 7 without a refractory period, T, the shift by 6 and the one
//     step of synaptic latency, for positive u and v without overflow and with du = 4095. A
//     recorded run of 1000 steps (neuromorphs/NIR, paper/01_lif) is reproduced bit by bit. T of
//     negative v: recorded cells of PilotNet (lava-nc/lava-dl d825ac5; docs/loihi2.md).
//   published code: the offset of 1 on du, T of negative u, wrapping and saturation, the bias, the
//     field widths (lava-nc/lava b6822fbc, proc/lif/models.py). All of it
//     is compared with Lava in tests/lava. The refractory delay and its range: nengo/nengo-loihi
//     e564f66; that u goes on and v does not: the same, and Lava's floating-point LIFRefractory,
//     whose refractory_period is refractory_delay - 1.
//   inferred: an input larger than one turn of u wraps as often as needed, where Lava subtracts
//     2^24 once. Both are equal as long as |a << 6| < 2^24, which a 16-bit port guarantees.
//
// A readout (ChipModel::cuba_li) is the same neuron without steps 6 and 7.
#pragma once

#include <cstdint>
#include <string>

#include <retrograde/hardware/loihi2/model/semantics.hpp>

namespace retrograde::loihi2 {

inline constexpr std::int32_t decay_one = 4096;       // 12-bit decays are fractions of it
inline constexpr int state_shift = 6;                 // u and v have six bits below a weight unit
inline constexpr std::int64_t state_limit = 1 << 23;  // u and v have 24 bits
inline constexpr std::int64_t v_limit = state_limit - 1;  // |v| saturates here
inline constexpr std::int32_t vth_limit = (1 << 17) - 1;
inline constexpr std::int32_t bias_mantissa_min = -4096, bias_mantissa_max = 4095;
inline constexpr std::int32_t bias_exponent_limit = 7;
inline constexpr std::int32_t refractory_delay_limit = 63;

// mantissa << exponent, rounded down for a negative exponent.
constexpr std::int64_t bias_of(std::int32_t mantissa, std::int32_t exponent) {
  return exponent >= 0 ? std::int64_t{mantissa} * (std::int64_t{1} << exponent)
                       : std::int64_t{mantissa} >> -exponent;
}

struct CubaLif {
  std::int32_t du = 0;
  std::int32_t dv = 0;
  std::int32_t vth = vth_limit;
  std::int32_t bias_mantissa = 0;
  std::int32_t bias_exponent = 0;
  std::int32_t refractory_delay = 1;

  constexpr std::int64_t bias() const { return bias_of(bias_mantissa, bias_exponent); }
  friend bool operator==(const CubaLif&, const CubaLif&) = default;
};

struct CubaLifState {
  std::int32_t u = 0;
  std::int32_t v = 0;
  std::int32_t refractory = 0;  // refractory_delay in the step of a spike, then down to 0

  friend bool operator==(const CubaLifState&, const CubaLifState&) = default;
};

// T(x, d); 0 <= d <= 4096.
constexpr std::int64_t decayed(std::int64_t x, std::int64_t d) {
  const std::int64_t keep = decay_one - d;
  return x >= 0 ? (x * keep) >> 12 : -((-x * keep) >> 12);
}

// What one step of any model did.
struct StepOutcome {
  std::int32_t spike = 0;  // payload of the message that was sent; 0: none
  bool wrapped = false;    // u left its register
  bool saturated = false;  // v would have left its register
  std::int32_t v = 0;      // as compared with the threshold, before a reset
};

// Steps 2 to 5, for models that integrate a current.
struct Membrane {
  std::int64_t u, v;
  bool wrapped, saturated;
};
constexpr Membrane integrate(std::int32_t du, std::int32_t dv, std::int64_t bias, std::int32_t u,
                             std::int32_t v, std::int64_t a, const Semantics& semantics) noexcept {
  const std::int64_t input = fitted(a, semantics.a, input_bits);
  const std::int64_t current = decayed(u, du + 1) + input * (std::int64_t{1} << state_shift);
  const std::int64_t new_u = fitted(current, semantics.u, state_bits);
  const std::int64_t voltage = decayed(v, dv) + new_u + bias;
  const std::int64_t new_v = fitted(voltage, semantics.v, state_bits);
  return {new_u, new_v, new_u != current, new_v != voltage};
}

// Steps 2 to 7 for input `a`, |a| < 2^40. `spiking` false: a readout. `neuron` holds values that
// `check` accepts.
constexpr StepOutcome step(const CubaLif& neuron, CubaLifState& state, std::int64_t a,
                           bool spiking = true, const Semantics& semantics = {}) noexcept {
  const Membrane m = integrate(neuron.du, neuron.dv, neuron.bias(), state.u, state.v, a, semantics);
  state.u = static_cast<std::int32_t>(m.u);
  if (state.refractory > 0) --state.refractory;
  if (state.refractory > 0) {
    state.v = 0;
    return {0, m.wrapped, false, 0};
  }
  const bool spike = spiking && m.v > (std::int64_t{neuron.vth} << state_shift);
  state.v = spike ? 0 : static_cast<std::int32_t>(m.v);
  if (spike) state.refractory = neuron.refractory_delay;
  return {spike, m.wrapped, m.saturated, static_cast<std::int32_t>(m.v)};
}

// What a probe of v reads after a step.
constexpr std::int32_t shown_v(const CubaLifState& state, SpikeRegister option) {
  return option == SpikeRegister::refractory_counter && state.refractory > 0
             ? refractory_unit * state.refractory
             : state.v;
}

// Throws DeploymentError naming the field when a value does not fit its width; `where` is the
// neuron, for the message.
void check(const CubaLif& neuron, const std::string& where);

// For the checks of all models: throws DeploymentError unless low <= value <= high.
void check_field(const std::string& where, const char* name, std::int64_t value, std::int64_t low,
                 std::int64_t high);

}  // namespace retrograde::loihi2
