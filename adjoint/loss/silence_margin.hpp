// Silence that keeps its distance: a loss, and for every silence (engine/margin/trial_margins.hpp) of
// every neuron that fires
//
//   strength/2 max(0, max V - level)^2.
//
// A neuron that comes above `level`, which is a little below the thresholds, and then does not fire, pays
// for it: a small change elsewhere would make it fire, and everything that this spike would cause. What
// this does not see is a crossing that nearly failed.
//
// max V is V at one instant, so its derivative enters the backward pass as any loss of V there, with that
// of the arrival where V turns at one (docs/mathematics.md, section 4.2).
#pragma once

#include <memory>

#include <retrograde/adjoint/loss/loss.hpp>

namespace retrograde {

struct SilenceMarginSpec {
  double strength = 0.0;  // per square of V
  double level = 0.9;     // of V; above 0 and v_reset
};
// The same readout and name as `loss`. Throws NetworkError when evaluated on a trial in which V falls
// from a release on that is above the level: v_reset is.
std::unique_ptr<Loss> with_silence_margin(std::unique_ptr<Loss> loss,
                                          const SilenceMarginSpec& spec);

}  // namespace retrograde
