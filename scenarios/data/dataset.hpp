// A data set: labelled trials in three parts. Samples are kept in their compact original form
// (60,000 MNIST images are 47 MB) and turned into spikes each time they are asked for. Const and
// safe to use from many threads; copies share the samples.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <retrograde/engine/trial/labelled_trials.hpp>
#include <retrograde/events/time.hpp>
#include <retrograde/scenarios/data/encoding.hpp>

namespace retrograde {

enum class Part : std::uint8_t { train, validation, test };

std::string_view name(Part part);

struct Sample {
  Trial trial;
  int label = 0;
};

// A part without samples.
std::shared_ptr<const LabelledTrials> no_samples();

// Rows of `width` features in [0, 1] with their labels. Throws FormatError (`file` and
// the row in the message) for a feature outside, ScenarioError for an encoding that cannot be.
std::shared_ptr<const LabelledTrials> feature_samples(std::vector<double> features,
                                                      std::size_t width,
                                                      std::vector<std::uint8_t> labels,
                                                      const LatencyEncoding& encoding,
                                                      const std::string& file);

struct DatasetInfo {
  std::string name;                      // as scenarios call it
  std::uint32_t inputs = 0;              // size of the input population the trials speak to
  std::vector<std::string> class_names;  // one per class
  Time duration = 0;                     // of its longest trial (ms)
  // What whoever uses the set should be told, a sentence each: what was left out, how it was split.
  std::vector<std::string> notes = {};
};

class Dataset {
 public:
  Dataset(DatasetInfo info, std::shared_ptr<const LabelledTrials> train,
          std::shared_ptr<const LabelledTrials> validation,
          std::shared_ptr<const LabelledTrials> test);

  const DatasetInfo& info() const { return info_; }
  std::uint32_t classes() const { return static_cast<std::uint32_t>(info_.class_names.size()); }

  // Whether its trials have labels: all have, or none has. Without them there is no accuracy.
  bool labelled() const;

  // What the trainer takes; lives as long as this data set or a copy of it.
  const LabelledTrials& part(Part part) const { return *parts_[static_cast<std::size_t>(part)]; }

  std::size_t size(Part part) const { return this->part(part).size(); }
  // Throw InternalError when index >= size(part).
  Trial trial(Part part, std::size_t index) const;
  int label(Part part, std::size_t index) const;
  Sample sample(Part part, std::size_t index) const;

  // The same set whose trials begin with a spike of each of these neurons, at 0 ms; O(1).
  Dataset started(const std::vector<NeuronId>& neurons) const;

  // The same set with at most that many samples in each part, the first ones; O(1).
  Dataset limited(std::size_t train, std::size_t validation, std::size_t test) const;

 private:
  DatasetInfo info_;
  std::array<std::shared_ptr<const LabelledTrials>, 3> parts_;
};

// Whether two sets are the same, as far as is seen without going through all of them: sizes and labels
// of the parts, and how many spikes some trials of each have. The same on every machine, where times
// may differ in their last bits. O(labels).
std::uint64_t identity_of(const Dataset& dataset);

}  // namespace retrograde
