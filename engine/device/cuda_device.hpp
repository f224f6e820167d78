// GPUs by CUDA: which there are, and one as a device. Where the program was built without CUDA, or where
// there is no driver, the survey says so and nothing else happens.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <retrograde/engine/device/device.hpp>

namespace retrograde {

// The CUDA version that this program was built with, "13.0"; empty: without CUDA.
std::string cuda_build();

struct GpuInfo {
  int index = 0;
  std::string name;
  std::size_t memory = 0;    // bytes
  std::size_t free = 0;      // of these; 0 where the survey did not ask
  int major = 0, minor = 0;  // compute capability
  int processors = 0;
  std::string unusable;  // why it cannot be used, with the remedy; empty: it can
};

struct GpuSurvey {
  bool built = false;           // with CUDA
  std::string problem;          // why there is no usable GPU, with the remedy; empty: there is one
  std::string driver, runtime;  // the CUDA versions of either, "13.0"; empty: none
  std::vector<GpuInfo> gpus;

  // The first one that can be used; null if none can.
  const GpuInfo* usable() const;
};

// Never throws for want of a GPU. How much memory is free is known only where a GPU is opened, which
// takes a few tenths of a second and some memory on each.
GpuSurvey survey_gpus(bool free_memory = false);

// Opens a GPU. Throws DeviceError if it cannot be used. Several threads may use it; memory that is
// released stays with it for what is allocated later.
std::shared_ptr<Device> make_gpu_device(int index);

}  // namespace retrograde
