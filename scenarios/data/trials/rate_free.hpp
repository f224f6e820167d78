// What separates when from how often: samples without any information in their rates, and samples
// that run backward.
//
// Equal counts: every unit gets n spikes in every sample, at the quantiles (k + 1/2) / n, k = 0 .. n - 1,
// of its own spikes. Between its spikes t_1 <= ... <= t_c, which stand at the quantiles (j - 1/2) / c,
// the start of the sample (0) and its end T (1) the quantile is linear. So a unit with n spikes keeps
// them as they are, n = 1 leaves the median, and more or fewer follow the course of what was there. A
// silent unit takes the times of the nearest unit that is not (of two, the lower), since its silence
// would be a rate of 0; a sample without spikes has them evenly in all units.
//
// Backward: a spike at t comes at T - t; one at 0 comes just before T.
#pragma once

#include <cstdint>

#include <retrograde/scenarios/data/events/event_set.hpp>

namespace retrograde {

// All times of `sample` lie in [0, duration), all units below `units`; so they do afterwards.
EventSample equal_counts(const EventSample& sample, std::uint32_t units, std::uint32_t count,
                         Time duration);
EventSample backward(EventSample sample, Time duration);

}  // namespace retrograde
