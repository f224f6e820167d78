#include <retrograde/adjoint/device/sum_groups.hpp>
#include <retrograde/engine/device/cuda_kernel.cuh>

template <>
const void* retrograde::on_gpu<retrograde::SumGroups>() {
  return cuda_kernel<SumGroups>();
}
