// The loss of many trials and its exact gradient, by name: the mean over the trials, which is what a step
// of training takes (adjoint/train/trainer.hpp). Of one trial, with its tape and the gradient of its input
// times, it is gradient_of in adjoint/check/gradcheck.hpp.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <retrograde/adjoint/gradient_source.hpp>
#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/adjoint/named_gradient.hpp>
#include <retrograde/adjoint/set_result.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/engine/trial/labelled_trials.hpp>

namespace retrograde {

struct MeanGradient {
  Network network;   // whose it is
  SetResult result;  // loss() is the mean loss; accuracy()
  std::vector<TrialResult> trials;
  GradientLayout layout;
  std::vector<double> values;  // mean dL/dvalue, as the layout says

  double loss() const { return result.loss(); }
  // ("in->h", weight) or ("h", tau_mem), as named_values.hpp calls them; in the order of
  // values_of(network, ...). Throws NetworkError.
  std::span<const double> of(std::string_view owner, ParameterKind kind) const {
    return gradient_by_name(network, layout, values, owner, kind);
  }
};

// Trials run on all threads and are summed in an order that does not depend on their number. O(deliveries
// of the trials), twice to four times a run. Throws NetworkError where there is no trial, and what runs
// and backward passes throw.
MeanGradient gradient_of(const Network& network, const LabelledTrials& trials, const Loss& loss,
                         const GradientOptions& options = {},
                         Scheduler scheduler = Scheduler::automatic);

}  // namespace retrograde
