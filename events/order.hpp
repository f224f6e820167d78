// The order of events is a type. Two events at the same instant are ordered by what they are and
// whom they concern, never by when they were put into a queue:
//   arrivals come before emissions (a neuron hears all that reaches it at t before it may fire),
//   then the lower neuron, then the lower synapse, then the earlier spike.
// "The same instant" is the same double: a crossing of the threshold happens at the double nearest
// to it. An arrival without delay shares its instant with the emission that causes it and follows
// it; so that it still precedes that of its target, emissions at one instant are ordered by rank
// first (instant_ranks, engine/network/analysis.hpp): inputs, then causes without delay.
// The backward pass visits the same events in the opposite order.
#pragma once

#include <compare>
#include <cstdint>

#include <retrograde/events/ids.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

enum class Phase : std::uint8_t { arrival = 0, emission = 1 };

struct EventKey {
  Time time;  // never NaN
  Phase phase;
  NeuronId target;    // the neuron that receives (arrival) or fires (emission)
  SynapseId synapse;  // 0 for emissions
  SpikeId sequence;   // the spike that arrives; for emissions 0

  friend auto operator<=>(const EventKey&, const EventKey&) = default;
};

}  // namespace retrograde
