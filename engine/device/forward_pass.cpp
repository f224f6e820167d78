#include <retrograde/engine/device/forward_pass.hpp>
#include <retrograde/engine/device/kernel_entry.hpp>

namespace retrograde {

template <>
const KernelEntry& entry_of<ForwardPass>() {
  static const KernelEntry entry = kernel_entry<ForwardPass>("forward_pass");
  return entry;
}

}  // namespace retrograde
