// Van Rossum's distance between two spike trains, squared: (2/tau) times the integral of (f - g)^2,
// where f and g have a kernel e^(-t/tau) at each spike. Trains that differ by one spike are 1
// apart, one spike that moved by s ms 2 (1 - e^(-s/tau)).
#pragma once

#include <span>

#include <retrograde/events/time.hpp>

namespace retrograde {

// Of two ascending lists of times. O(spikes).
double spike_distance(std::span<const Time> a, std::span<const Time> b, Time tau);

}  // namespace retrograde
