// A classifier of codes under attack: signals move within a ball down the gradient of the margin, which
// goes through the pursuit at rest (adjoint/pursuit/attack_target.hpp). White box.
#pragma once

#include <retrograde/scenarios/run/attack/attack_curve.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/pursuit/model.hpp>

namespace retrograde {

struct PursuitAttackOptions {
  PursuitAttackSpec spec;
  // Whether weaker attacks of the same size are tried as well (attack_curve.hpp): about three times
  // the work.
  bool weaker = true;
  // Whether it is also attacked by what is found through one threshold of the correlations in the place
  // of the pursuit: a transfer, from a classifier without competition.
  bool transfer = true;
};

// The first signals of the judged part. Where there is an approximator its curve comes first, attacked by
// what was found through the pursuit. A curve named as the method is (pursuit_name), and one of the
// transfer where that is wanted. Parallel over signals; the result does not depend on the number of threads. Throws UsageError where there are no
// labels, what the solver throws, and Interrupted where `progress` says no.
Robustness attack_pursuit(const PursuitSpec& spec, const PursuitModel& model,
                          const PursuitAttackOptions& options,
                          const EvaluationProgress& progress = {});

}  // namespace retrograde
