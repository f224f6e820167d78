// The reasons of a divergence: what breaks the rules, what differs between the networks, or what
// the two values alone can tell.
#pragma once

#include <retrograde/hardware/loihi2/diagnose/divergence.hpp>
#include <retrograde/hardware/loihi2/diagnose/held_record.hpp>
#include <retrograde/hardware/loihi2/diagnose/paired.hpp>

namespace retrograde::loihi2 {

// Fills in the reasons. `first.step` is on the count of steps of both sides.
void explain(Divergence& first, const HeldRecord& a, const HeldRecord& b,
             const PairedPopulation& pair);

}  // namespace retrograde::loihi2
