// A training on stderr. On a terminal: the few lines of live_training.hpp, drawn over and over, which
// stay as they are when it ends. Elsewhere, for logs: a line every ten seconds while an epoch goes on
// and one when it has ended.
#pragma once

#include <retrograde/scenarios/run/folder/silence.hpp>
#include <retrograde/scenarios/run/observer.hpp>
#include <retrograde/scenarios/show/text/live_training.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde {

class TrainingLines final : public TrainingObserver {
 public:
  ~TrainingLines() override { progress_.keep(); }
  void began(const CourseStart& start) override;
  bool due() const override { return progress_.due(); }
  void epoch_progress(const EpochProgress& progress) override;
  void epoch_ended(const EpochReport& report) override;
  void stopped() override;

 private:
  Progress progress_;
  LiveTraining live_;
};

// The lines themselves.
std::string line_of(const EpochProgress& progress);
std::string line_of(const EpochReport& report);

// "1.50 spikes/neuron  12 silent (all of hidden)  7 grazing"
std::string activity_text(double spikes_per_neuron, std::uint64_t silent,
                          const std::vector<std::string>& silent_populations,
                          const GrazingCounts& counts);

// "learned structure, signs per neuron: in->hidden 20 of 10240 pairs, hidden->out 10 of 5120 pairs";
// what is fixed is a "fixed structure".
std::string structure_text(const StructurePlan& structure);

// That populations have ended a training without a spike, and what to do.
std::string silence_warning(const std::vector<SilentPopulation>& silences, const Network& network,
                            const Scenario& scenario);

}  // namespace retrograde
