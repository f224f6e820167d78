// What the network of a run of a study is worth: on which trials, exactly, by its activity, and on the
// chip.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include <retrograde/adjoint/set_result.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/run/study/study.hpp>
#include <retrograde/scenarios/run/trained.hpp>

namespace retrograde {

struct JudgingTrials {
  std::shared_ptr<const LabelledTrials> trials;
  std::uint64_t first = 0;  // the number of the first, for what is drawn in it (timeline_of.hpp)

  const LabelledTrials& operator*() const { return *trials; }
  const LabelledTrials* operator->() const { return trials.get(); }
};

// The trials of a data set that judge a run: the test part of a training (evaluation.hpp); all of a
// simulation, for which no part has been used.
JudgingTrials judging_trials(const Dataset& dataset, bool simulated);

// Runs them, and puts their activity into `result`. Of what was trained in steps there is no tape and
// no activity. Of fewer trials where `goes_on`, which is told the share that is done, said no; of a
// trial that is stopped within Interrupted.
SetResult judge(const Scenario& scenario, const Network& network, const JudgingTrials& trials,
                const std::function<bool(double share)>& goes_on, StudyResult& result);

// The same trials on the emulated chip, with what the profile of Loihi 2 says of time and energy; or
// the reason why the network cannot go there. Throws Interrupted.
void judge_on_chip(const Trained& trained, const Dataset& dataset, const JudgingTrials& trials,
                   StudyResult& result);

}  // namespace retrograde
