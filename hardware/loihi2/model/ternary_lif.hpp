// The leaky integrate-and-fire neuron with positive and negative spikes.
//
// u and v as in cuba_lif.hpp, steps 1 to 5. Then
//   message +1 iff v > vth_hi << 6,  -1 iff v < vth_lo << 6;  after either v := 0
//
//   field                         width          range
//   du, dv, bias                  as cuba_lif
//   vth_lo, vth_hi                24 bit signed  vth_lo <= vth_hi; in weight units of 64. Beyond
//                                                +-(2^17 - 1) u and v cannot reach it
//
// A message of -1 counts negative only over projections that carry payloads (synapse.hpp); over
// the others it counts as a spike, as in Lava.
//
// Source: published code, lava-nc/lava b6822fbc (proc/lif, TernaryLIF); compared with Lava in
// tests/lava.
#pragma once

#include <cstdint>
#include <string>

#include <retrograde/hardware/loihi2/model/cuba_lif.hpp>

namespace retrograde::loihi2 {

struct TernaryLif {
  std::int32_t du = 0;
  std::int32_t dv = 0;
  std::int32_t vth_lo = -vth_limit;
  std::int32_t vth_hi = vth_limit;
  std::int32_t bias_mantissa = 0;
  std::int32_t bias_exponent = 0;

  constexpr std::int64_t bias() const { return bias_of(bias_mantissa, bias_exponent); }
  friend bool operator==(const TernaryLif&, const TernaryLif&) = default;
};

struct TernaryLifState {
  std::int32_t u = 0;
  std::int32_t v = 0;

  friend bool operator==(const TernaryLifState&, const TernaryLifState&) = default;
};

// One step for input `a`, |a| < 2^40.
constexpr StepOutcome step(const TernaryLif& neuron, TernaryLifState& state, std::int64_t a,
                           const Semantics& semantics = {}) noexcept {
  const Membrane m = integrate(neuron.du, neuron.dv, neuron.bias(), state.u, state.v, a, semantics);
  constexpr std::int64_t unit = std::int64_t{1} << state_shift;
  const std::int32_t spike = (m.v > neuron.vth_hi * unit) - (m.v < neuron.vth_lo * unit);
  state.u = static_cast<std::int32_t>(m.u);
  state.v = spike != 0 ? 0 : static_cast<std::int32_t>(m.v);
  return {spike, m.wrapped, m.saturated, static_cast<std::int32_t>(m.v)};
}

// Throws DeploymentError naming the field, `where` is the neuron.
void check(const TernaryLif& neuron, const std::string& where);

}  // namespace retrograde::loihi2
