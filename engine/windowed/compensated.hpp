// Sums over very many windows. A state that a window changes by less than it rounds would drift: of
// 10^5 windows, each off by half a unit in the last place, 10^-11 would be left. So its low part is
// kept, and what a window adds is computed as an increment: then the errors are those of the
// increments, however many there are (Kahan; TwoSum of Knuth).
#pragma once

#include <retrograde/events/host_device.hpp>

namespace retrograde {

// high + low := high + low + add, with |low| at most half a unit in the last place of high.
RETROGRADE_HOST_DEVICE inline void add_compensated(double& high, double& low, double add) {
  add += low;
  const double sum = high + add, part = sum - high;
  low = (high - (sum - part)) + (add - part);
  high = sum;
}

}  // namespace retrograde
