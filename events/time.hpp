// Time is a double in milliseconds, everywhere inside. Units are converted once, where a file is
// read.
#pragma once

#include <limits>

namespace retrograde {

using Time = double;

// The time of an event that does not happen.
inline constexpr Time never = std::numeric_limits<Time>::infinity();

}  // namespace retrograde
