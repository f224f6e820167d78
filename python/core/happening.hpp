// Trials in which all happens that the scenario says whose data they are, or as they are.
#pragma once

#include <optional>

#include <retrograde/scenarios/run/timeline/timeline_of.hpp>

#include "types.hpp"

namespace retrograde::python {

class Happening {
 public:
  // Both outlive it.
  Happening(const PyTrials& trials, const Network& network) : trials_(trials) {
    if (trials.scenario) eventful_.emplace(*trials.trials, *trials.scenario, network);
  }
  Trial trial(std::size_t k) const {
    Trial trial = trials_.trials->trial(k);
    return eventful_ ? eventful_->eventful(std::move(trial), trials_.numbers[k]) : trial;
  }

 private:
  const PyTrials& trials_;
  std::optional<EventfulTrials> eventful_;
};

}  // namespace retrograde::python
