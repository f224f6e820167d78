// From the events of a sample to the trial that a network meets. In this order:
//
//   merge         units k m .. k m + m - 1 become unit k
//   window        events at or after the trial's end are left out
//   backward      the sample runs backward (rate_free.hpp)
//   equal counts  every unit gets as many spikes (rate_free.hpp)
//   bin           times fall to the start of their bin; a unit has at most one spike in each
#pragma once

#include <cstdint>

#include <retrograde/engine/trial/trial.hpp>
#include <retrograde/events/ids.hpp>
#include <retrograde/events/time.hpp>
#include <retrograde/scenarios/data/events/event_set.hpp>

namespace retrograde {

struct EventShape {
  Time duration = never;           // of the trial (ms)
  Time bin = 0;                    // ms; 0: real times
  std::uint32_t units = 0;         // of the set
  std::uint32_t merge = 1;         // at least 1
  std::uint32_t equal_counts = 0;  // spikes of every unit; 0: as they come; not with bins
  bool backward = false;

  // Neurons that the trials speak to.
  std::uint32_t inputs() const { return units / merge + (units % merge > 0 ? 1 : 0); }
};

EventSample shaped(EventSample sample, const EventShape& shape);
// The same as spikes of the neurons from `first` on.
Trial to_trial(EventSample sample, const EventShape& shape, NeuronId first);

}  // namespace retrograde
