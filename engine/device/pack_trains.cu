#include <retrograde/engine/device/cuda_kernel.cuh>
#include <retrograde/engine/device/pack_trains.hpp>

template <>
const void* retrograde::on_gpu<retrograde::PackTrains>() {
  return cuda_kernel<PackTrains>();
}
