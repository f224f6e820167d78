// A number that is forecast, with the interval that it may lie in.
#pragma once

#include <retrograde/hardware/interval.hpp>

namespace retrograde {

struct Estimate {
  double value = 0.0;
  Interval range;
};

}  // namespace retrograde
