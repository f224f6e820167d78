// The one trial that is looked at: the inline one of a scenario, or one of several or of a data set, by
// its part and its number there (--part, --trial).
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include <retrograde/engine/trial/trial.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

namespace retrograde {

struct TrialChoice {
  std::optional<Part> part = {};  // none: test; of inline trials train, where there is no test
  std::optional<std::size_t> trial = {};  // none: the first
};

struct ChosenTrial {
  Trial trial;
  int label = -1;
  std::string name;       // "inline trial", "test trial 7 (label 3)"
  std::size_t index = 0;  // among the trials of all parts (run/timeline/timeline_of.hpp)
};

// Throws UsageError for a name of no part.
Part part_named(const std::string& name);

// `open` opens the data set, of a scenario that has one. Throws UsageError for a choice where there is none,
// and a trial that is not there.
ChosenTrial choose_trial(const Scenario& scenario, const TrialChoice& choice,
                         const std::function<Dataset()>& open);
ChosenTrial choose_trial(const Dataset& dataset, const TrialChoice& choice);

// The same with what happens in it ([[event]]).
ChosenTrial with_events(ChosenTrial chosen, const Scenario& scenario, const Network& network);

}  // namespace retrograde
