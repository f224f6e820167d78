// Neurons that turn: the state is a complex number re + i im that shrinks and rotates by a constant
// angle a step, and fires by phase or by size. Two inputs: port 0 is real, port 1 imaginary.
//
//   re' := R(cos re) - R(sin im) + (a_re << state_exp)
//   im' := R(sin re) + R(cos im) + (a_im << state_exp)
//   cos, sin = trunc((1 - alpha) 2^decay_bits cos, sin(2 pi / period))
//
//   Resonance         R(x)                          sends
//   phase_crossing    sign(x) (|x| >> decay_bits)   1 iff re' >= vth, im' >= 0 and im < 0
//   izhikevich        the same                      1 iff im' >= vth; then re := 0, im := vth - 1
//   graded            x >> decay_bits               re' iff re' > vth, im' >= 0 and im < 0
//
// Compared with vth << state_exp; graded has no state_exp. re and im saturate at +-(2^23 - 1);
// graded never does in Lava, whose 32-bit products overflow from |x| = 2^16 on. Here it saturates
// like the others (inferred).
//
//   field        range                          Lava
//   sin, cos     +-2^decay_bits                 RF, RF_IZ: 16 bits unsigned, so negative values,
//                                               periods below 4 steps, are not to be had there
//   decay_bits   0 .. 15                        RF, RF_IZ usually 12; RFZero always 15
//   state_exp    0 .. 7 (3 bit)
//   vth          0 .., shifted below 2^23
//
// A trace shows re as u and im as v.
//
// Source: published code, lava-nc/lava b6822fbc (proc/rf, proc/rf_iz, proc/resfire); compared with
// Lava in tests/lava.
#pragma once

#include <cstdint>
#include <string>

#include <retrograde/hardware/loihi2/model/cuba_lif.hpp>

namespace retrograde::loihi2 {

enum class Resonance : std::uint8_t { phase_crossing, izhikevich, graded };

inline constexpr std::int32_t resonance_decay_bits_limit = 15;
inline constexpr std::int32_t resonance_state_exp_limit = 7;

struct ResonateFire {
  Resonance resonance = Resonance::phase_crossing;
  std::int32_t sin_decay = 0;
  std::int32_t cos_decay = 0;
  std::int32_t decay_bits = 12;
  std::int32_t state_exp = 0;
  std::int32_t vth = 1;

  friend bool operator==(const ResonateFire&, const ResonateFire&) = default;
};

struct ResonateFireState {
  std::int32_t re = 0, im = 0;

  friend bool operator==(const ResonateFireState&, const ResonateFireState&) = default;
};

// One step for inputs |a| < 2^40.
constexpr StepOutcome step(const ResonateFire& neuron, ResonateFireState& state, std::int64_t a_re,
                           std::int64_t a_im, const Semantics& semantics = {}) noexcept {
  const bool graded = neuron.resonance == Resonance::graded;
  const auto scaled = [&](std::int64_t x) {
    return graded || x >= 0 ? x >> neuron.decay_bits : -(-x >> neuron.decay_bits);
  };
  const std::int64_t c = neuron.cos_decay, s = neuron.sin_decay;
  const std::int64_t unit = std::int64_t{1} << neuron.state_exp;
  const std::int64_t turned_re = scaled(c * state.re) - scaled(s * state.im) + a_re * unit;
  const std::int64_t turned_im = scaled(s * state.re) + scaled(c * state.im) + a_im * unit;
  std::int64_t re = fitted(turned_re, semantics.v, state_bits);
  std::int64_t im = fitted(turned_im, semantics.v, state_bits);
  const bool saturated = re != turned_re || im != turned_im;
  const std::int64_t threshold = neuron.vth * unit;
  const bool crosses = im >= 0 && state.im < 0;
  const auto shown = static_cast<std::int32_t>(im);
  std::int32_t spike = 0;
  switch (neuron.resonance) {
    case Resonance::phase_crossing:
      spike = crosses && re >= threshold;
      break;
    case Resonance::graded:
      if (crosses && re > threshold) spike = static_cast<std::int32_t>(re);
      break;
    case Resonance::izhikevich:
      spike = im >= threshold;
      if (spike) {
        re = 0;
        im = threshold - 1;
      }
      break;
  }
  state.re = static_cast<std::int32_t>(re);
  state.im = static_cast<std::int32_t>(im);
  return {spike, false, saturated, shown};
}

// The parameters of a neuron with this period (steps) that loses the fraction alpha a step, rounded
// as Lava does. Throws DeploymentError as `check` does.
ResonateFire resonate_fire(Resonance resonance, double period, double alpha, std::int32_t vth,
                           std::int32_t state_exp = 0, std::int32_t decay_bits = 12);

// Throws DeploymentError naming the field, `where` is the neuron.
void check(const ResonateFire& neuron, const std::string& where);

}  // namespace retrograde::loihi2
