// Neurons of the locally competitive algorithm (LCA), which find the code of a signal (basis
// pursuit, engine/pursuit) by graded messages.
//
// lca, one per atom. One step, in this order, with a the synaptic input that arrived for it:
//   1.  x := sign(v) max(|v| - vth, 0)                     the soft threshold of the step before
//   2.  v := floor(v (2^24 - tau) / 2^24) + floor(a / 2^input_shift) + B
//       B = bias in a network of one layer, floor(x tau / 2^24) with `excites_itself`, in one of two
//   3.  v saturates to +-(2^(bits - 1) - 1)
//   4.  message x, where it is not 0
//
// lca_residual, one per dimension of the signal, the second layer of two:
//   1.  r := r + floor(a / 2^input_shift) + bias, saturated as above
//   2.  message r iff |r| > spike_height;  after one r := 0
//
// a saturates at +-(2^31 - 1), before input_shift; an a that lies there counts as a saturation of v.
//
//   field         range                 stands for
//   vth           0 .. 2^(bits - 1) - 1  the weight lambda of the l1 norm, in units of the code
//   tau           1 .. 2^24             the step over the time constant, in 2^-24
//   bias          +-(2^(bits - 1) - 1)  one layer: tau times the correlation of atom and signal
//                                       residual: the signal, in units of the code
//   input_shift   0 .. 23               what the weight exponent, which ends at -8, does not shift
//   spike_height  0 .. 2^(bits - 1) - 1
//   bits          8 .. 32               of v and r
//
// A trace shows v and r as v, and 0 as u.
//
// Width: Lava keeps v, r and messages in 64-bit arrays and speaks of messages of 24 bits; its
// published example goes beyond the 24 bits that other registers of the chip have (|v| < 2^23.26).
// So `bits` is 32 unless a network says otherwise; 24 is the width of the chip's other states. How
// wide they are on the chip is not public. Sums of what they send are kept in full (synapse.hpp)
// until they are an a, which in Lava has 64 bits.
//
// Groups: a group of coefficients (l2, penalty.hpp) would need the norm of its members in every step.
// No neuron whose arithmetic is published has it. The chip's neurons are programs, so one that
// squares, adds and divides may be possible; that is an assumption, and none is emulated.
//
// Source: published code, lava-nc/lava-optimization 39ab7011 (solvers/lca: V1Neuron,
// ResidualNeuron); compared with it in tests/lava. Shifts by less than a weight exponent of -8 are
// the weights' own there; floor(floor(s / 2^8) / 2^k) = floor(s / 2^(8 + k)), so they are the same.
#pragma once

#include <cstdint>
#include <string>

#include <retrograde/hardware/loihi2/model/cuba_lif.hpp>

namespace retrograde::loihi2 {

inline constexpr int lca_tau_bits = 24;
inline constexpr std::int64_t lca_tau_one = std::int64_t{1} << lca_tau_bits;
inline constexpr std::int32_t lca_input_shift_limit = 23;
inline constexpr std::int32_t lca_bits_least = 8, lca_bits_most = 32;
inline constexpr std::int32_t lca_input_limit = 2147483647;  // of |a|

struct Lca {
  std::int32_t vth = 0;
  std::int32_t tau = 1 << 17;  // 2^-7
  std::int32_t bias = 0;
  bool excites_itself = false;
  std::int32_t input_shift = 0;
  std::int32_t bits = lca_bits_most;

  friend bool operator==(const Lca&, const Lca&) = default;
};

struct LcaState {
  std::int32_t v = 0;

  friend bool operator==(const LcaState&, const LcaState&) = default;
};

struct LcaResidual {
  std::int32_t spike_height = 0;
  std::int32_t bias = 0;
  std::int32_t input_shift = 0;
  std::int32_t bits = lca_bits_most;

  friend bool operator==(const LcaResidual&, const LcaResidual&) = default;
};

struct LcaResidualState {
  std::int32_t r = 0;

  friend bool operator==(const LcaResidualState&, const LcaResidualState&) = default;
};

constexpr std::int64_t soft_threshold(std::int64_t v, std::int64_t vth) {
  return v > vth ? v - vth : v < -vth ? v + vth : 0;
}

constexpr bool lca_input_saturates(std::int32_t a) {
  return a >= lca_input_limit || a <= -lca_input_limit;
}

constexpr StepOutcome step(const Lca& neuron, LcaState& state, std::int32_t a,
                           const Semantics&) noexcept {
  const std::int64_t x = soft_threshold(state.v, neuron.vth);
  const std::int64_t own =
      neuron.excites_itself ? (x * neuron.tau) >> lca_tau_bits : std::int64_t{neuron.bias};
  const std::int64_t v =
      ((state.v * (lca_tau_one - neuron.tau)) >> lca_tau_bits) + (a >> neuron.input_shift) + own;
  const std::int64_t held = fitted(v, Overflow::saturate, neuron.bits);
  state.v = static_cast<std::int32_t>(held);
  return {static_cast<std::int32_t>(x), false, held != v || lca_input_saturates(a), state.v};
}

constexpr StepOutcome step(const LcaResidual& neuron, LcaResidualState& state, std::int32_t a,
                           const Semantics&) noexcept {
  const std::int64_t r = std::int64_t{state.r} + (a >> neuron.input_shift) + neuron.bias;
  const auto held = static_cast<std::int32_t>(fitted(r, Overflow::saturate, neuron.bits));
  const bool sends = held > neuron.spike_height || held < -neuron.spike_height;
  state.r = sends ? 0 : held;
  return {sends ? held : 0, false, held != r || lca_input_saturates(a), held};
}

// Throw DeploymentError naming the field, `where` is the neuron.
void check(const Lca& neuron, const std::string& where);
void check(const LcaResidual& neuron, const std::string& where);

}  // namespace retrograde::loihi2
