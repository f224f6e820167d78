// One cuba_lif neuron in 113 bits, from the doubles that define it: its constants, the instants at
// which spikes reach it, their weights, and its own last spike. No state of a scheduler comes in,
// so the answer is the same for all of them.
//
// It begins a trial in a given state, at rest unless somebody says otherwise. After its last spike the neuron is let go at r = last spike + t_ref, a double, with V = v_reset
// and I the sum of what has arrived up to r. Between deliveries V and I flow as cuba_lif.hpp says.
// The crossing is rounded to the nearest double, and that is the time of the spike. A delivery at
// the same double or earlier comes first (events/order.hpp): "the same instant" means the same
// double.
#pragma once

#include <span>

#include <retrograde/engine/neuron/cuba_lif.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

// What reaches a neuron: when exactly, when in the run that asks (whose spike times are rounded),
// and how strongly.
struct ExactDelivery {
  Time time;
  Time met;
  double weight;
};

// When a neuron fires next, and between which deliveries.
struct Verdict {
  Time spike = never;
  Time after = -never;  // the last delivery that comes before it, in the time of the run
  Time before = never;  // the first one that does not

  // The spike, on the right side of both in the time of the run.
  Time at() const;
};

// What happens to the neuron from outside: from `at` on it has the constants of `model`, which is not
// null, and V is put to its v_reset and held until `held_until`, if that is later. Before all deliveries of
// the instant; a threshold that has come down to V or below makes it fire.
struct ExactChange {
  Time at;
  const CubaLif* model;
  Time held_until = -never;
};

// How old a delivery is when nothing of it is left that 113 bits would show.
Time lifetime(const CubaLif& neuron, double weight);

// The next spike in [0, horizon) after `last` (-never: there was none; then the neuron is in state `start`
// at 0), given all deliveries before the horizon, ascending by time. It is known not to come before `from`. O(deliveries that have not
// decayed below 113 bits).
Verdict next_spike_exactly(const CubaLif& neuron, Time last,
                           std::span<const ExactDelivery> deliveries, Time from, Time horizon,
                           const MembraneState& start = {});

// The same of a neuron that is changed from outside, `changes` ascending. `deliveries` are all before the
// horizon, and each is looked at.
Verdict next_spike_through_changes(const CubaLif& neuron, Time last,
                                   std::span<const ExactDelivery> deliveries,
                                   std::span<const ExactChange> changes, Time from, Time horizon,
                                   const MembraneState& start);

}  // namespace retrograde
