#include <retrograde/engine/device/kernel_entry.hpp>
#include <retrograde/engine/device/pack_trains.hpp>

namespace retrograde {

template <>
const KernelEntry& entry_of<PackTrains>() {
  static const KernelEntry entry = kernel_entry<PackTrains>("pack_trains");
  return entry;
}

}  // namespace retrograde
