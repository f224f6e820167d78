// A set of events as trials to train on and to judge by: split into parts, brought into the shape of a
// scenario's trials, augmented where training meets them. Samples are read each time they are asked
// for.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <retrograde/scenarios/data/data_kind.hpp>
#include <retrograde/scenarios/data/events/event_set.hpp>
#include <retrograde/scenarios/data/trials/augment.hpp>
#include <retrograde/scenarios/data/trials/event_parts.hpp>
#include <retrograde/scenarios/data/trials/event_shape.hpp>

namespace retrograde {

// What the keys of [data] say about any set of events; the same for all kinds.
struct EventTask {
  PartRules parts;
  PartLimits limits;
  EventShape shape;  // of the set's units only once it is open
  Augmentation augment;
  bool backward_test = false;           // the test part runs backward
  bool own_durations = false;           // a trial lasts as long as the set says of its sample
  std::vector<std::string> notes = {};  // what else is to be told of the set, before the rest
};

// Looks at every sample that is used once, in parallel: a damaged one is found here and not in the third
// epoch, and the notes of the set say how many events lie beyond the end of the trial. Throws
// FormatError, IoError, ScenarioError.
Dataset event_trials(std::shared_ptr<const EventSet> set, const std::string& name, EventTask task,
                     const LoadContext& context);

}  // namespace retrograde
