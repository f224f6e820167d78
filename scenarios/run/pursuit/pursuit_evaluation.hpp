// What a trained pursuit is worth, on the part that nothing was chosen on.
#pragma once

#include <functional>
#include <optional>

#include <retrograde/engine/pursuit/coherence.hpp>
#include <retrograde/hardware/share.hpp>
#include <retrograde/scenarios/run/pursuit/model.hpp>

namespace retrograde {

struct PursuitEvaluation {
  Part part = Part::test;
  std::optional<Share> right;         // decisions; none without a classifier
  double active_groups = 0.0;         // share of the groups, mean over signals
  double active_atoms = 0.0;          // likewise
  double psnr = 0.0;                  // dB, mean over signals
  double objective = 0.0, kkt = 0.0;  // means
  Coherence alike;                    // of the dictionary
};

// On codes by 400 iterations of FISTA. `progress` is told the share that is done, by one thread at a time. Parallel; the same bits for
// any number of threads. Throws Interrupted.
PursuitEvaluation evaluate_pursuit(const PursuitModel& model,
                                   const std::function<void(double)>& progress = {});

}  // namespace retrograde
