// Trials as a network runs them: they begin in the state that its scenario says, unless they have one, and all
// happens in them that the scenario says whose data they are.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/stimuli/initial_values.hpp>
#include <retrograde/scenarios/run/timeline/timeline_of.hpp>

#include "types.hpp"

namespace retrograde::python {

class Happening {
 public:
  // All outlive it; `network` has the values of the moment.
  Happening(const PyTrials& trials, const Scenario& scenario, const Network& network)
      : trials_(trials), initial_(scenario.initial.get()) {
    if (!trials.scenario) return;
    const Network& own = trials.scenario->network;
    const auto names = [](const auto& all) {
      std::vector<std::pair<std::string, std::uint64_t>> rows;
      for (const auto& each : all) rows.emplace_back(each.name, each.size);
      return rows;
    };
    if (names(own.populations()) != names(network.populations()) ||
        own.projections().size() != network.projections().size())
      throw UsageError(
          "these trials are of a scenario with [[event]], which happen to its populations and "
          "projections, and this network has others; make trials of their spikes alone: "
          "rg.Trials(t.times, t.neurons, t.offsets, duration=t.durations, labels=t.labels)");
    eventful_.emplace(*trials.trials, *trials.scenario, network);
  }
  Trial trial(std::size_t k) const {
    Trial trial = trials_.trials->trial(k);
    if (initial_ && !trial.initial) trial.initial = initial_->of(trials_.numbers[k]);
    return eventful_ ? eventful_->eventful(std::move(trial), trials_.numbers[k]) : trial;
  }

 private:
  const PyTrials& trials_;
  const InitialValues* initial_;  // null: they begin at rest
  std::optional<EventfulTrials> eventful_;
};

}  // namespace retrograde::python
