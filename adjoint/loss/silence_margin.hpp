// Silence that keeps its distance: a loss, and for every silence (engine/margin/trial_margins.hpp) of
// every neuron that fires
//
//   strength/2 max(0, 1 - u/share)^2,   u = (v_threshold - max V)/(v_threshold - v_reset)
//
// A neuron that stays silent by a share of less than `share` of its way to the threshold pays for it: a
// small change elsewhere would make it fire, and everything that this spike would cause. What it
// does not see is a crossing that nearly failed.
//
// max V is V at one instant, so its derivative enters the backward pass as any loss of V there, with that
// of the arrival where V turns at one (docs/mathematics.md, section 4.2); v_threshold and v_reset count
// directly as well.
#pragma once

#include <memory>

#include <retrograde/adjoint/loss/loss.hpp>

namespace retrograde {

struct SilenceMarginSpec {
  double strength = 0.0;
  double share = 0.1;  // in (0, 1)
};
// The same readout and name as `loss`.
std::unique_ptr<Loss> with_silence_margin(std::unique_ptr<Loss> loss,
                                          const SilenceMarginSpec& spec);

}  // namespace retrograde
