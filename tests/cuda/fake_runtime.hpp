// A CUDA runtime that is none: the calls that engine/device/cuda_device.cpp makes, on memory of this
// process, so that what becomes of them can be seen without a GPU, errors above all. Linked before the
// real one, of which nothing is taken then.
#pragma once

#include <cstddef>
#include <cuda_runtime_api.h>
#include <string>
#include <vector>

namespace retrograde::test {

struct FakeGpu {
  std::string name = "Fake";
  int major = 9, minor = 0;
  bool prohibited = false;
};

struct FakeRuntime {
  int driver = CUDART_VERSION;
  cudaError_t start = cudaSuccess;  // what asking for GPUs comes to
  std::vector<FakeGpu> gpus = {{}};
  std::size_t memory = 1'000'000, taken = 0;  // bytes
  int allocations = 0;                        // calls of cudaMalloc
  cudaError_t work = cudaSuccess;             // what copies, launches and waiting come to
};

// Of all calls; a test sets it as it wants it.
FakeRuntime& fake_runtime();

}  // namespace retrograde::test
