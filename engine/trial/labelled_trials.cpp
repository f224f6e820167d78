#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include <retrograde/engine/trial/labelled_trials.hpp>
#include <retrograde/engine/trial/readout.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

TrialList::TrialList(std::vector<Trial> trials, std::vector<int> labels)
    : trials_(std::move(trials)), labels_(std::move(labels)) {
  if (labels_.empty()) labels_.assign(trials_.size(), no_decision);
  if (labels_.size() != trials_.size())
    throw NetworkError("trials", fmt::format("{} labels for {} trials; give one for each, or none",
                                             labels_.size(), trials_.size()));
}

Trial TrialList::trial(std::size_t index) const {
  if (index >= trials_.size()) throw InternalError("TrialList: there is no such trial");
  return trials_[index];
}

int TrialList::label(std::size_t index) const {
  if (index >= labels_.size()) throw InternalError("TrialList: there is no such label");
  return labels_[index];
}

MadeTrials::MadeTrials(std::size_t size, std::function<Trial(std::size_t)> trial,
                       std::function<int(std::size_t)> label)
    : size_(size), trial_(std::move(trial)), label_(std::move(label)) {}

int MadeTrials::label(std::size_t index) const { return label_ ? label_(index) : no_decision; }

FirstTrials::FirstTrials(const LabelledTrials& all, std::size_t most)
    : FirstTrials(std::shared_ptr<const LabelledTrials>(std::shared_ptr<void>(), &all), most) {}

FirstTrials::FirstTrials(std::shared_ptr<const LabelledTrials> all, std::size_t most)
    : all_(std::move(all)), size_(std::min(most, all_->size())) {}

}  // namespace retrograde
