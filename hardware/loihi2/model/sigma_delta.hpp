// Coding by differences: a delta encoder sends what has changed, a sigma decoder adds it up, a
// sigma-delta neuron does both around an activation function.
//
//   delta encoder  x := a << (spike_exp + state_exp)
//   sigma          sigma := sigma + a;  message sigma
//   sigma-delta    sigma := sigma + a;  x := sigma + bias << (spike_exp + state_exp), rectified
//                  to max(0, x) unless `linear`
//
//   encoding of x  d := x - act + residue
//                  send s = d where |d| >= vth << (spike_exp + state_exp), else s = 0
//                  with cumulative_error: error := error + d; send s = d where |error| >= ...;
//                  error := 0 where s is not 0
//                  residue := d - s;  act := x;  message s >> state_exp, rounding down
//
//   field                  range                          stands for
//   vth                    0 .., shifted below 2^23       threshold in units of the input
//   bias                   shifted within +-(2^23 - 1)    added to sigma
//   spike_exp, state_exp   0 .. 7 (3 bit)                 bits of a message, bits of state below it
//   all states             32 bit, modulo 2^32            Lava declares 24 bits and keeps 32
//
// A trace shows sigma (delta: act) as u and residue as v.
//
// Source: published code, lava-nc/lava b6822fbc (proc/sdn); compared with Lava in tests/lava. The
// second variant of that commit, which feeds the sent message back, is left out: it is not in the
// released package.
#pragma once

#include <cstdint>
#include <string>

#include <retrograde/hardware/loihi2/model/cuba_lif.hpp>

namespace retrograde::loihi2 {

inline constexpr std::int32_t sigma_delta_exponent_limit = 7;

struct Delta {
  std::int32_t vth = 0;
  std::int32_t spike_exp = 0;
  std::int32_t state_exp = 0;
  bool cumulative_error = false;

  friend bool operator==(const Delta&, const Delta&) = default;
};

struct Sigma {
  friend bool operator==(const Sigma&, const Sigma&) = default;
};

struct SigmaDelta {
  Delta delta = {};
  std::int32_t bias = 0;
  bool linear = false;

  friend bool operator==(const SigmaDelta&, const SigmaDelta&) = default;
};

struct DeltaState {
  std::int32_t act = 0, residue = 0, error = 0;

  friend bool operator==(const DeltaState&, const DeltaState&) = default;
};

struct SigmaState {
  std::int32_t sigma = 0;

  friend bool operator==(const SigmaState&, const SigmaState&) = default;
};

struct SigmaDeltaState {
  std::int32_t sigma = 0;
  DeltaState delta;

  friend bool operator==(const SigmaDeltaState&, const SigmaDeltaState&) = default;
};

// Modulo 2^32.
constexpr std::int32_t added(std::int32_t x, std::int32_t y) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(x) + static_cast<std::uint32_t>(y));
}
constexpr std::int32_t shifted_up(std::int32_t x, std::int32_t by) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(x) << by);
}

// The message for the new value x, already shifted.
constexpr std::int32_t encode(const Delta& neuron, DeltaState& state, std::int32_t x) noexcept {
  const std::int64_t threshold = std::int64_t{neuron.vth} << (neuron.spike_exp + neuron.state_exp);
  const auto reaches = [threshold](std::int64_t y) { return (y < 0 ? -y : y) >= threshold; };
  const std::int32_t difference = static_cast<std::int32_t>(
      static_cast<std::uint32_t>(x) - static_cast<std::uint32_t>(state.act) +
      static_cast<std::uint32_t>(state.residue));
  if (neuron.cumulative_error) state.error = added(state.error, difference);
  const bool sends = reaches(neuron.cumulative_error ? state.error : difference);
  if (sends && difference != 0) state.error = 0;
  state.residue = sends ? 0 : difference;
  state.act = x;
  return sends ? difference >> neuron.state_exp : 0;
}

constexpr StepOutcome step(const Delta& neuron, DeltaState& state, std::int32_t a,
                           const Semantics&) noexcept {
  const std::int32_t spike =
      encode(neuron, state, shifted_up(a, neuron.spike_exp + neuron.state_exp));
  return {spike, false, false, state.residue};
}

constexpr StepOutcome step(const Sigma&, SigmaState& state, std::int32_t a,
                           const Semantics&) noexcept {
  state.sigma = added(state.sigma, a);
  return {state.sigma, false, false, 0};
}

constexpr StepOutcome step(const SigmaDelta& neuron, SigmaDeltaState& state, std::int32_t a,
                           const Semantics&) noexcept {
  const Delta& delta = neuron.delta;
  state.sigma = added(state.sigma, a);
  const std::int32_t x =
      added(state.sigma, shifted_up(neuron.bias, delta.spike_exp + delta.state_exp));
  const std::int32_t spike = encode(delta, state.delta, neuron.linear || x > 0 ? x : 0);
  return {spike, false, false, state.delta.residue};
}

// Throw DeploymentError naming the field, `where` is the neuron.
void check(const Delta& neuron, const std::string& where);
void check(const Sigma& neuron, const std::string& where);
void check(const SigmaDelta& neuron, const std::string& where);

}  // namespace retrograde::loihi2
