// A training as lines on stderr: one that is redrawn while an epoch goes on, one for good when it
// has ended.
#pragma once

#include <retrograde/scenarios/run/folder/silence.hpp>
#include <retrograde/scenarios/run/observer.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde {

class TrainingLines final : public TrainingObserver {
 public:
  bool due() const override { return progress_.due(); }
  void epoch_progress(const EpochProgress& progress) override;
  void epoch_ended(const EpochReport& report) override;
  void stopped() override { progress_.clear(); }

 private:
  Progress progress_;
};

// The lines themselves.
std::string line_of(const EpochProgress& progress);
std::string line_of(const EpochReport& report);

// That populations have ended a training without a spike, and what to do.
std::string silence_warning(const std::vector<Silence>& silences, const Network& network,
                            double silent_increment);

}  // namespace retrograde
