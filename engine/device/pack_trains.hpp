// The kernel that puts the spikes of all trials behind each other, so that they leave the device as one
// stretch.
#pragma once

#include <cstdint>

#include <retrograde/engine/device/network_view.hpp>
#include <retrograde/events/host_device.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

struct PackedSpike {
  Time time;
  double slope, released_slope;
  std::uint32_t source;  // within its population
};

// Block k packs train k.
struct PackTrains {
  const TrainView* trains;
  const std::uint64_t* begins;  // per train: where its spikes begin in `spikes`
  PackedSpike* spikes;

  template <typename Team>
  RETROGRADE_HOST_DEVICE void operator()(Team& team, std::uint32_t block) const {
    const TrainView train = trains[block];
    if (!train.slopes) return;  // of inputs, which the host knows
    PackedSpike* const to = spikes + begins[block];
    team.each(train.count, [&](std::uint32_t k) {
      to[k] = {train.times[k], train.slopes[k], train.released_slopes[k], train.sources[k]};
    });
  }
};

}  // namespace retrograde
