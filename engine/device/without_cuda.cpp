// Built instead of cuda_device.cpp where CMake finds no CUDA.
#include <retrograde/engine/device/cuda_device.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

std::string cuda_build() { return {}; }

const GpuInfo* GpuSurvey::usable() const { return nullptr; }

GpuSurvey survey_gpus(bool) {
  GpuSurvey survey;
  survey.problem =
      "this program was built without CUDA; install NVIDIA's CUDA toolkit (12.0 or later) and "
      "build "
      "again, or use --device cpu";
  return survey;
}

std::shared_ptr<Device> make_gpu_device(int) { throw DeviceError("gpu", survey_gpus().problem); }

}  // namespace retrograde
