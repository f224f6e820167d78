#include <retrograde/adjoint/device/backward_pass.hpp>
#include <retrograde/engine/device/cuda_kernel.cuh>

template <>
const void* retrograde::on_gpu<retrograde::BackwardPass<true>>() {
  return cuda_kernel<BackwardPass<true>>();
}

template <>
const void* retrograde::on_gpu<retrograde::BackwardPass<false>>() {
  return cuda_kernel<BackwardPass<false>>();
}
