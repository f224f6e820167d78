#include <fmt/format.h>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/evaluation/chosen_trial.hpp>
#include <retrograde/scenarios/run/timeline/timeline_of.hpp>

namespace retrograde {

namespace {

// Of a Dataset or InlineTrials.
template <typename Set>
ChosenTrial chosen_of(const Set& set, Part part, const TrialChoice& choice) {
  const std::size_t k = choice.trial.value_or(0);
  if (k >= set.size(part))
    throw UsageError(fmt::format("--trial {}: the {} part has {} trials, numbered from 0", k,
                                 name(part), set.size(part)));
  const int label = set.label(part, k);
  return {set.trial(part, k), label,
          fmt::format("{} trial {}{}", name(part), k,
                      label == no_decision ? "" : fmt::format(" (label {})", label)),
          trials_before(set, part) + k};
}

}  // namespace

Part part_named(const std::string& wanted) {
  for (const Part part : {Part::train, Part::validation, Part::test})
    if (name(part) == wanted) return part;
  throw UsageError(fmt::format("--part {}: train, validation or test is needed", wanted));
}

ChosenTrial choose_trial(const Scenario& scenario, const TrialChoice& choice,
                         const std::function<Dataset()>& open) {
  if (!scenario.data.none()) return choose_trial(open(), choice);
  if (const InlineTrials& trials = *scenario.trials; trials.size() > 1) {
    const Part usual = trials.size(Part::test) > 0 ? Part::test : Part::train;
    return chosen_of(trials, choice.part.value_or(usual), choice);
  }
  if (choice.part || choice.trial)
    throw UsageError(fmt::format("--{}: {} has no [data]; its only trial is the inline one",
                                 choice.part ? "part" : "trial", scenario.file));
  return {scenario.trial, scenario.label, "inline trial"};
}

ChosenTrial choose_trial(const Dataset& dataset, const TrialChoice& choice) {
  return chosen_of(dataset, choice.part.value_or(Part::test), choice);
}

ChosenTrial with_events(ChosenTrial chosen, const Scenario& scenario, const Network& network) {
  chosen.trial = eventful(chosen.trial, chosen.index, scenario, network);
  return chosen;
}

}  // namespace retrograde
