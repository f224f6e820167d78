// A trial as machines see it that go in steps: it has whole steps, and an instant is the nearest point
// of the grid 0, step, 2 step, ... Times in ms.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

// How many steps a trial has: ceil(duration / step), at least 1; a duration that is a multiple of the
// step but for rounding means that multiple. Throws LimitError for more than `most`.
inline std::uint32_t whole_steps(Time duration, Time step, double most = 0x1p31) {
  const double steps = std::max(1.0, std::ceil(duration / step * (1.0 - 1e-12)));
  if (!(steps <= most))
    throw LimitError(
        "steps", most, steps,
        fmt::format("the trial has {} steps; take a longer step or a shorter trial", steps));
  return static_cast<std::uint32_t>(steps);
}

// The point nearest to an instant, the later one of two.
inline double nearest_step(Time time, Time step) { return std::floor(time / step + 0.5); }

}  // namespace retrograde
