// What [[event]] says: what happens in a trial besides spikes, as it is written. What it comes to for a
// network with its values is found by run/timeline.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <retrograde/engine/parameters.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

enum class EventKind : std::uint8_t {
  cut,        // synapses
  scale,      // their weights
  set,        // a parameter of neurons
  silence,    // neurons
  stimulate,  // neurons, by a spike that arrives
  stimulus,   // the rate of an input
  drop,       // spikes
  delay,      // spikes
  stuck_bit,  // of weights, on a chip
};

// By the name that `do` gives it.
std::string_view name(EventKind kind);

// Whose synapses, neurons or spikes.
enum class EventTarget : std::uint8_t { projections, populations };
EventTarget target_of(EventKind kind);

struct EventSpec {
  std::string name;  // all different
  EventKind kind = EventKind::cut;
  Time at = 0.0, until = never;
  std::vector<std::uint32_t> projections, populations;  // of the network
  // Of synapses, of neurons or of spikes. Of the first two so many, to the nearest whole number, of all
  // projections or populations together; of spikes each by chance.
  double share = 1.0;
  std::optional<std::vector<std::uint32_t>> neurons = {};  // of the one population, ascending
  double factor = 1.0;                                     // scale, stimulus; set without a value
  ParameterKind parameter = ParameterKind::bias;           // set
  std::optional<double> value = {};                        // set
  double weight = 0.0;                                     // stimulate
  unsigned receptor = 0;                                   // stimulate
  Time late = 0.0;                                         // delay
  int bit = 0;                                             // stuck_bit, 0 is the lowest of 8
  bool stuck_at = false;                                   // stuck_bit
  // Of stimulus: it is in the inline trials already, and there for training and gradients as well.
  bool in_trials = false;
};

struct TimelineSpec {
  std::vector<EventSpec> events;  // in the order of the file
  std::uint64_t seed = 1;         // of all draws

  bool none() const { return events.empty(); }
  // Whether all that happens is in the trials already.
  bool all_in_trials() const;
};

}  // namespace retrograde
