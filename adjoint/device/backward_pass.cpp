#include <retrograde/adjoint/device/backward_pass.hpp>
#include <retrograde/engine/device/kernel_entry.hpp>

namespace retrograde {

template <>
const KernelEntry& entry_of<BackwardPass<true>>() {
  static const KernelEntry entry =
      kernel_entry<BackwardPass<true>>("backward_pass, all parameters");
  return entry;
}

template <>
const KernelEntry& entry_of<BackwardPass<false>>() {
  static const KernelEntry entry = kernel_entry<BackwardPass<false>>("backward_pass");
  return entry;
}

}  // namespace retrograde
