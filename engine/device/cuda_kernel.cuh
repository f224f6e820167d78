// What CUDA launches for a kernel K (kernel_entry.hpp): a block is a team.
//
// A block has at most K::most_threads threads, or 256 if K does not say, and registers for that many,
// twice: two blocks share a processor (CudaDevice::blocks).
#pragma once

#include <retrograde/engine/device/kernel_entry.hpp>
#include <retrograde/engine/device/team.hpp>

namespace retrograde {

template <typename K>
constexpr unsigned most_threads() {
  if constexpr (requires { K::most_threads; }) {
    return K::most_threads;
  } else {
    return 256;
  }
}

template <typename K>
__global__ void __launch_bounds__(most_threads<K>(), 2)
    run_kernel(const __grid_constant__ K kernel) {
  BlockTeam team;
  kernel(team, blockIdx.x);
}

template <typename K>
const void* cuda_kernel() {
  return reinterpret_cast<const void*>(&run_kernel<K>);
}

}  // namespace retrograde
