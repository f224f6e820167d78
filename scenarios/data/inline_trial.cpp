#include <utility>

#include <retrograde/scenarios/data/inline_trial.hpp>

namespace retrograde {

namespace {

class OneTrial final : public LabelledTrials {
 public:
  OneTrial(Trial trial, int label) : trial_(std::move(trial)), label_(label) {}
  std::size_t size() const override { return 1; }
  Trial trial(std::size_t) const override { return trial_; }
  int label(std::size_t) const override { return label_; }

 private:
  Trial trial_;
  int label_;
};

}  // namespace

Dataset inline_trial(Trial trial, int label) {
  DatasetInfo info{"inline", static_cast<std::uint32_t>(trial.inputs.size()), {}, trial.duration};
  return Dataset(std::move(info), std::make_shared<OneTrial>(std::move(trial), label), no_samples(),
                 no_samples());
}

}  // namespace retrograde
