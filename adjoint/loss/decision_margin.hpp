// The margin of a decision: by how much the true class l wins,
//
//   score_l - max over j != l of score_j,
//
// right while it is above 0 (at 0 the order of classes decides). Scores are what a loss reads its decision
// from: minus the first spike (ms; a silent neuron counts as t = duration), the weighted mean of V,
// or the largest V. A loss that decides otherwise is a cross-entropy of scores of its own, -log softmax_l(S);
// there S_l - S_j = loss(j) - loss(l).
//
// It has the gradient that a saturated loss has not, and so is what attacks and measures of robustness
// follow. Of equal others the first is followed.
#pragma once

#include <memory>

#include <retrograde/adjoint/loss/loss.hpp>

namespace retrograde {

// As a loss whose value is the margin. `loss` outlives it and reads a population of two and more:
// evaluate throws NetworkError for one of less, for a loss without classes, and for a label out of
// range.
std::unique_ptr<Loss> decision_margin(const Loss& loss);

}  // namespace retrograde
