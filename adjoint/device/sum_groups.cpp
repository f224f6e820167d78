#include <algorithm>

#include <retrograde/adjoint/device/sum_groups.hpp>
#include <retrograde/engine/device/kernel_entry.hpp>

namespace retrograde {

template <>
const KernelEntry& entry_of<SumGroups>() {
  static const KernelEntry entry = kernel_entry<SumGroups>("sum_groups");
  return entry;
}

void sum_groups(Device& device, const DeviceArray<double>& sums, std::uint32_t groups) {
  const std::size_t entries = sums.size() / groups;
  if (groups < 2 || entries == 0) return;
  const std::uint32_t threads = device.threads(entry_of<SumGroups>(), 256);
  const std::size_t useful = (entries + threads - 1) / threads;
  const auto blocks = static_cast<std::uint32_t>(std::min<std::size_t>(device.blocks(), useful));
  device.launch(SumGroups{sums.data(), entries, groups, blocks}, blocks, threads);
}

}  // namespace retrograde
