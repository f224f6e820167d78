#define XXH_INLINE_ALL
#include <algorithm>
#include <fmt/format.h>
#include <xxhash.h>

#include <retrograde/engine/trial/readout.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/dataset.hpp>

namespace retrograde {

namespace {

class FeatureSamples final : public LabelledTrials {
 public:
  FeatureSamples(std::vector<double> features, std::size_t width, std::vector<std::uint8_t> labels,
                 const LatencyEncoding& encoding)
      : features_(std::move(features)),
        width_(width),
        labels_(std::move(labels)),
        encoding_(encoding) {}
  std::size_t size() const override { return labels_.size(); }
  int label(std::size_t index) const override { return labels_[index]; }
  Trial trial(std::size_t index) const override {
    return encode_features(std::span(features_).subspan(index * width_, width_), encoding_);
  }

 private:
  std::vector<double> features_;
  std::size_t width_;
  std::vector<std::uint8_t> labels_;
  LatencyEncoding encoding_;
};

// Those of another set, with a spike of each of some neurons at 0 ms.
class StartedTrials final : public LabelledTrials {
 public:
  StartedTrials(std::shared_ptr<const LabelledTrials> all, std::vector<NeuronId> neurons)
      : all_(std::move(all)), neurons_(std::move(neurons)) {}
  std::size_t size() const override { return all_->size(); }
  int label(std::size_t index) const override { return all_->label(index); }
  Trial trial(std::size_t index) const override { return started(all_->trial(index)); }
  Trial shown(std::size_t index, std::uint32_t epoch) const override {
    return started(all_->shown(index, epoch));
  }

 private:
  Trial started(Trial trial) const {
    for (const NeuronId n : neurons_) {
      trial.inputs.push_back({0.0, n});
      if (trial.graded()) trial.payloads.push_back(1.0);
    }
    sort_inputs(trial);
    return trial;
  }

  std::shared_ptr<const LabelledTrials> all_;
  std::vector<NeuronId> neurons_;
};

}  // namespace

std::string_view name(Part part) {
  switch (part) {
    case Part::train:
      return "train";
    case Part::validation:
      return "validation";
    case Part::test:
      return "test";
  }
  throw InternalError("unknown part of a data set");
}

std::shared_ptr<const LabelledTrials> no_samples() { return std::make_shared<TrialList>(); }

std::shared_ptr<const LabelledTrials> feature_samples(std::vector<double> features,
                                                      std::size_t width,
                                                      std::vector<std::uint8_t> labels,
                                                      const LatencyEncoding& encoding,
                                                      const std::string& file) {
  check(encoding);
  if (features.size() != width * labels.size()) {
    throw InternalError("feature_samples: as many rows of features as labels are needed");
  }
  for (std::size_t k = 0; k < features.size(); ++k) {
    if (features[k] >= 0 && features[k] <= 1) continue;
    throw FormatError(file, "",
                      fmt::format("feature {} of sample {} is {}: scale features to 0 .. 1",
                                  k % width, k / width, features[k]));
  }
  return std::make_shared<FeatureSamples>(std::move(features), width, std::move(labels), encoding);
}

Dataset::Dataset(DatasetInfo info, std::shared_ptr<const LabelledTrials> train,
                 std::shared_ptr<const LabelledTrials> validation,
                 std::shared_ptr<const LabelledTrials> test)
    : info_(std::move(info)), parts_{std::move(train), std::move(validation), std::move(test)} {
  for (const auto& part : parts_) {
    if (part == nullptr) throw InternalError("a data set needs all three parts; use no_samples()");
  }
}

bool Dataset::labelled() const {
  for (const auto& part : parts_)
    if (part->size() > 0) return part->label(0) != no_decision;
  return false;
}

Trial Dataset::trial(Part part, std::size_t index) const {
  const LabelledTrials& all = this->part(part);
  if (index >= all.size()) {
    throw InternalError(fmt::format("sample {} of {} {} samples", index, all.size(), name(part)));
  }
  return all.trial(index);
}

int Dataset::label(Part part, std::size_t index) const {
  const LabelledTrials& all = this->part(part);
  if (index >= all.size()) {
    throw InternalError(fmt::format("label {} of {} {} samples", index, all.size(), name(part)));
  }
  return all.label(index);
}

Sample Dataset::sample(Part part, std::size_t index) const {
  return {trial(part, index), label(part, index)};
}

Dataset Dataset::started(const std::vector<NeuronId>& neurons) const {
  const auto part = [&](std::size_t k) {
    return std::make_shared<StartedTrials>(parts_[k], neurons);
  };
  return Dataset(info_, part(0), part(1), part(2));
}

Dataset Dataset::limited(std::size_t train, std::size_t validation, std::size_t test) const {
  const auto first = [](const std::shared_ptr<const LabelledTrials>& all, std::size_t limit) {
    if (all->size() <= limit) return all;
    return std::shared_ptr<const LabelledTrials>(std::make_shared<FirstTrials>(all, limit));
  };
  return Dataset(info_, first(parts_[0], train), first(parts_[1], validation),
                 first(parts_[2], test));
}

std::uint64_t identity_of(const Dataset& dataset) {
  constexpr std::size_t looked_at = 64;  // of each part
  std::vector<std::uint64_t> words = {dataset.info().inputs, dataset.classes()};
  for (const Part part : {Part::train, Part::validation, Part::test}) {
    const LabelledTrials& trials = dataset.part(part);
    words.push_back(trials.size());
    for (std::size_t k = 0; k < trials.size(); ++k)
      words.push_back(static_cast<std::uint64_t>(trials.label(k)));
    const std::size_t some = std::min(looked_at, trials.size());
    for (std::size_t k = 0; k < some; ++k)
      words.push_back(trials.trial(k * trials.size() / some).inputs.size());
  }
  return XXH3_64bits(words.data(), words.size() * sizeof words[0]);
}

}  // namespace retrograde
