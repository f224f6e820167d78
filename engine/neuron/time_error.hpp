// How far the time of a spike may be from the exact one (docs/mathematics.md, section 2.1).
#pragma once

#include <retrograde/events/host_device.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

// By the rounding of its own neuron's state, and by the errors of earlier spikes, others' and its own
// (ms).
struct TimeError {
  Time rounding = 0.0, inherited = 0.0;

  RETROGRADE_HOST_DEVICE Time sum() const { return rounding + inherited; }
};

// A spike whose time may be further off by rounding is timed by the arbiter (engine/exact); so grazing
// spikes are.
RETROGRADE_HOST_DEVICE constexpr Time largest_error(Time t) { return 0x1p-26 * (1.0 + 1e-7 * t); }
// What is inherited is allowed for up to here.
RETROGRADE_HOST_DEVICE constexpr Time largest_inherited(Time t) { return 0x1p-38 + 0x1p-49 * t; }

}  // namespace retrograde
