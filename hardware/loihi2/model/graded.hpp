// The neuron without memory that passes its input on as the payload of a message.
//
//   v := a;   message v iff |v| > vth  (rectified: iff v > vth);   v := 0
//
// vth: 24 bit, 0 .. 2^23 - 1, in the unit of a.
//
// Source: published code, lava-nc/lava b6822fbc (proc/graded, GradedVec and GradedReluVec);
// compared with Lava in tests/lava. Lava's `exp` is not used there either.
#pragma once

#include <cstdint>
#include <string>

#include <retrograde/hardware/loihi2/model/cuba_lif.hpp>

namespace retrograde::loihi2 {

struct Graded {
  std::int32_t vth = 1;
  bool rectified = false;

  friend bool operator==(const Graded&, const Graded&) = default;
};

struct GradedState {
  friend bool operator==(const GradedState&, const GradedState&) = default;
};

constexpr StepOutcome step(const Graded& neuron, GradedState&, std::int32_t a,
                           const Semantics&) noexcept {
  const bool sends = a > neuron.vth || (!neuron.rectified && a < -neuron.vth);
  return {sends ? a : 0, false, false, a};
}

// Throws DeploymentError naming the field, `where` is the neuron.
void check(const Graded& neuron, const std::string& where);

}  // namespace retrograde::loihi2
