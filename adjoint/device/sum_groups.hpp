// Gradients of the groups of a batch, buffer after buffer, into one: the additions that BatchPass makes,
// in the same order.
#pragma once

#include <cstddef>
#include <cstdint>

#include <retrograde/engine/device/device.hpp>
#include <retrograde/events/host_device.hpp>

namespace retrograde {

// Adds buffers 1, 2, ... of `sums`, [groups][entries], to buffer 0. Blocks share the entries.
struct SumGroups {
  double* sums;
  std::size_t entries;
  std::uint32_t groups, blocks;

  template <typename Team>
  RETROGRADE_HOST_DEVICE void operator()(Team& team, std::uint32_t block) const {
    const std::size_t begin = entries * block / blocks, end = entries * (block + 1) / blocks;
    team.each(static_cast<std::uint32_t>(end - begin), [&](std::uint32_t k) {
      double sum = sums[begin + k];
      for (std::uint32_t g = 1; g < groups; ++g) sum += sums[g * entries + begin + k];
      sums[begin + k] = sum;
    });
  }
};

// The size of `sums` is a multiple of `groups`; groups > 0.
void sum_groups(Device& device, const DeviceArray<double>& sums, std::uint32_t groups);

}  // namespace retrograde
