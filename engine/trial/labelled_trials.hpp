// A set of labelled trials: what is trained on, judged by, calibrated with and compared over.
//
// A label is the index of a class, no_decision (readout.hpp) where a trial has none. A set is const
// and may be asked from many threads; whoever asks twice for a trial gets the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <retrograde/engine/trial/trial.hpp>

namespace retrograde {

class LabelledTrials {
 public:
  virtual ~LabelledTrials() = default;
  virtual std::size_t size() const = 0;
  // Of an index below size().
  virtual Trial trial(std::size_t index) const = 0;
  virtual int label(std::size_t index) const = 0;
  // The trial as training meets it in an epoch (0-based): augmented, where the set does so.
  virtual Trial shown(std::size_t index, std::uint32_t /*epoch*/) const { return trial(index); }
};

// Trials that are kept. Without labels they are unlabelled. Throws InternalError where labels are
// of another number, and when asked beyond the end.
class TrialList final : public LabelledTrials {
 public:
  explicit TrialList(std::vector<Trial> trials = {}, std::vector<int> labels = {});
  std::size_t size() const override { return trials_.size(); }
  Trial trial(std::size_t index) const override;
  int label(std::size_t index) const override;

 private:
  std::vector<Trial> trials_;
  std::vector<int> labels_;
};

// Trials that are made each time they are asked for. Without `label` they are unlabelled.
class MadeTrials final : public LabelledTrials {
 public:
  MadeTrials(std::size_t size, std::function<Trial(std::size_t)> trial,
             std::function<int(std::size_t)> label = {});
  std::size_t size() const override { return size_; }
  Trial trial(std::size_t index) const override { return trial_(index); }
  int label(std::size_t index) const override;

 private:
  std::size_t size_;
  std::function<Trial(std::size_t)> trial_;
  std::function<int(std::size_t)> label_;
};

// The first trials of another set, at most `most` of them.
class FirstTrials final : public LabelledTrials {
 public:
  // `all` outlives this.
  FirstTrials(const LabelledTrials& all, std::size_t most);
  FirstTrials(std::shared_ptr<const LabelledTrials> all, std::size_t most);
  std::size_t size() const override { return size_; }
  Trial trial(std::size_t index) const override { return all_->trial(index); }
  int label(std::size_t index) const override { return all_->label(index); }
  Trial shown(std::size_t index, std::uint32_t epoch) const override {
    return all_->shown(index, epoch);
  }

 private:
  std::shared_ptr<const LabelledTrials> all_;
  std::size_t size_;
};

}  // namespace retrograde
