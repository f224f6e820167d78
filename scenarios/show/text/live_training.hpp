// A training as a few lines of a terminal that are drawn over: how far the epoch and the whole have
// come, loss and accuracy over the epochs, and when it will be done.
//
//     epoch 12/100  ███████▌              45 %  3.2 s left
//     all           ██▍                   12 %  3 min 20 s left
//     loss          █▆▅▄▃▃▂▂▁▁▁           0.0423 training, 0.0512 validation
//     accuracy      ▁▂▄▅▆▇▇████           97.20 % validation, best 97.60 % in epoch 9
//     2.31 spikes/neuron  3 silent  15.3M deliveries/s
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/scenarios/run/observer.hpp>
#include <retrograde/scenarios/show/text/terminal.hpp>

namespace retrograde {

// `width` cells, filled from the left up to `share`, which is cut to [0, 1].
std::string bar(double share, std::size_t width, bool utf8);

// One cell per value; where there are more than `width`, the mean of as many as a cell stands for.
// From the lowest to the highest value; by the logarithm where all are above 0 and that says more.
// What is not finite is a blank.
std::string sparkline(const std::vector<double>& values, std::size_t width, bool utf8);

// What is drawn of a course of epochs.
class LiveTraining {
 public:
  void begin(const CourseStart& start);
  void add(const EpochReport& report);
  // Now: within an epoch, or, with none, after the last one that was added.
  std::vector<std::string> lines(const Terminal& terminal, const EpochProgress* now) const;

 private:
  // The accuracy that is drawn: of the validation part where there is one.
  std::optional<double> judged(const EpochMetrics& metrics) const;
  std::string values_text(const EpochProgress* now) const;
  std::string accuracy_text(const EpochProgress* now) const;

  std::string what_ = "epoch";
  std::uint32_t epochs_ = 0;
  bool validated_ = false;
  std::vector<EpochMetrics> history_;
  std::string last_;  // what the last epoch says of activity
  double seconds_left_ = 0;
};

}  // namespace retrograde
