// What a training tells those who watch it. What runs never prints: it calls an observer, and
// scenarios/show draws lines from that (show/text/training_lines.hpp). An observer changes no result
// and is called from one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <retrograde/adjoint/train/trainer.hpp>
#include <retrograde/scenarios/run/folder/checkpoint.hpp>

namespace retrograde {

// A course of epochs that begins, or goes on after those of `history`.
struct CourseStart {
  std::string_view what = "epoch";  // or "fine-tuning epoch"
  std::uint32_t epochs = 0;         // up to which it runs
  bool validated = false;           // a validation part judges its epochs
  const std::vector<EpochMetrics>& history;
};

// An epoch that is being trained.
struct EpochProgress {
  std::string_view what = "epoch";        // or "fine-tuning epoch"
  std::uint32_t epoch = 0, epochs = 0;    // 1-based; how many there will be
  double share = 0.0;                     // of the epoch's trials
  double loss = 0.0;                      // mean so far
  std::optional<double> accuracy;         // so far; none: no trial has a label
  std::optional<double> best_validation;  // accuracy of the best epoch before
  Activity activity;                      // so far
  std::vector<std::string> silent;        // populations without a spike so far
  GrazingCounts grazing;                  // so far
  double deliveries_per_s = 0.0;          // forward and backward together
  double seconds_left = 0.0;              // of all epochs
};

// An epoch that has ended.
struct EpochReport {
  std::string_view what = "epoch";
  std::uint32_t epochs = 0;
  const EpochMetrics& metrics;
  bool validated = false;                 // metrics has what the validation part says
  std::vector<std::string> silent;        // populations without a spike
  const SelfCheck* self_check = nullptr;  // so far; null: nobody asked for one
  double seconds_left = 0.0;
};

// Watches nothing; a base for those who do.
class TrainingObserver {
 public:
  virtual ~TrainingObserver() = default;
  virtual void began(const CourseStart& /*start*/) {}
  // Whether progress would be shown now; spares making what nobody would see.
  virtual bool due() const { return false; }
  // Now and then within an epoch, when due.
  virtual void epoch_progress(const EpochProgress& /*progress*/) {}
  virtual void epoch_ended(const EpochReport& /*report*/) {}
  // An epoch was left before its end.
  virtual void stopped() {}
};

}  // namespace retrograde
