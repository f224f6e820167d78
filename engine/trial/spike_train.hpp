// The spikes of one population, in order of time.
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/events/time.hpp>

namespace retrograde {

struct SpikeTrain {
  std::vector<Time> times;
  std::vector<std::uint32_t> sources;  // within the population
  std::vector<Time> errors;  // how far each time may be from the exact one (ms); empty: all exact
};

}  // namespace retrograde
