// How a kernel K comes to its entry, in three files:
//   K.hpp  what it does, over any team (team.hpp)
//   K.cpp  template <> const KernelEntry& entry_of<K>() {
//            static const KernelEntry entry = kernel_entry<K>("k");
//            return entry;
//          }
//   K.cu   template <> const void* on_gpu<K>() { return cuda_kernel<K>(); }  // cuda_kernel.cuh
// The last one is compiled where there is CUDA.
#pragma once

#include <retrograde/engine/device/device.hpp>
#include <retrograde/engine/device/team.hpp>

namespace retrograde {

template <typename K>
const void* on_gpu();

template <typename K>
KernelEntry kernel_entry(const char* name) {
  const auto on_cpu = [](const void* kernel, std::uint32_t block) {
    SoloTeam team;
    (*static_cast<const K*>(kernel))(team, block);
  };
#ifdef RETROGRADE_HAS_CUDA
  return {name, on_cpu, on_gpu<K>()};
#else
  return {name, on_cpu, nullptr};
#endif
}

}  // namespace retrograde
