#include <retrograde/engine/device/cuda_kernel.cuh>
#include <retrograde/engine/device/forward_pass.hpp>

template <>
const void* retrograde::on_gpu<retrograde::ForwardPass>() {
  return cuda_kernel<ForwardPass>();
}
