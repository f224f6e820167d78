// Windows of a power of two of a ms, from 0 on.
#pragma once

#include <cstddef>
#include <cstdint>

#include <retrograde/events/host_device.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

struct WindowGrid {
  Time window, rate;   // ms, 1/ms
  std::uint32_t mask;  // of the slots in which windows are kept, a power of two less one

  RETROGRADE_HOST_DEVICE std::uint32_t of(Time t) const {
    return static_cast<std::uint32_t>(static_cast<int>(t * rate));
  }
  RETROGRADE_HOST_DEVICE Time begin(std::uint32_t w) const {
    return static_cast<double>(w) * window;
  }
  RETROGRADE_HOST_DEVICE std::size_t slot(std::uint32_t w) const { return w & mask; }
};

}  // namespace retrograde
