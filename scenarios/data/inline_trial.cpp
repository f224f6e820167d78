#include <memory>
#include <utility>
#include <vector>

#include <retrograde/engine/trial/labelled_trials.hpp>
#include <retrograde/scenarios/data/inline_trial.hpp>

namespace retrograde {

Dataset inline_trial(Trial trial, int label) {
  DatasetInfo info{"inline", static_cast<std::uint32_t>(trial.inputs.size()), {}, trial.duration};
  return Dataset(std::move(info),
                 std::make_shared<TrialList>(std::vector{std::move(trial)}, std::vector{label}),
                 no_samples(), no_samples());
}

}  // namespace retrograde
