#include "tests/cuda/fake_runtime.hpp"

#include <cstdlib>
#include <cstring>
#include <map>

namespace retrograde::test {

FakeRuntime& fake_runtime() {
  static FakeRuntime runtime;
  return runtime;
}

namespace {

std::map<void*, std::size_t>& blocks() {
  static std::map<void*, std::size_t> all;
  return all;
}

}  // namespace

}  // namespace retrograde::test

using retrograde::test::blocks;
using retrograde::test::fake_runtime;

extern "C" {

cudaError_t cudaDriverGetVersion(int* version) {
  *version = fake_runtime().driver;
  return cudaSuccess;
}
cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = CUDART_VERSION;
  return cudaSuccess;
}
cudaError_t cudaGetDeviceCount(int* count) {
  *count = static_cast<int>(fake_runtime().gpus.size());
  return fake_runtime().start;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int index) {
  const auto& gpu = fake_runtime().gpus.at(static_cast<std::size_t>(index));
  *properties = {};
  std::strncpy(properties->name, gpu.name.c_str(), sizeof(properties->name) - 1);
  properties->totalGlobalMem = fake_runtime().memory;
  properties->major = gpu.major;
  properties->minor = gpu.minor;
  properties->multiProcessorCount = 10;
  return cudaSuccess;
}
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int index) {
  const auto& gpu = fake_runtime().gpus.at(static_cast<std::size_t>(index));
  const bool asked = attribute == cudaDevAttrComputeMode && gpu.prohibited;
  *value = asked ? cudaComputeModeProhibited : 0;
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int) { return cudaSuccess; }
cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* all) {
  *free = fake_runtime().memory - fake_runtime().taken;
  *all = fake_runtime().memory;
  return cudaSuccess;
}
cudaError_t cudaGetLastError() { return cudaSuccess; }
const char* cudaGetErrorString(cudaError_t) { return "an error in words"; }
const char* cudaGetErrorName(cudaError_t) { return "cudaErrorOfThatName"; }
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  *stream = nullptr;
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t) { return fake_runtime().work; }
cudaError_t cudaStreamDestroy(cudaStream_t) { return cudaSuccess; }
cudaError_t cudaMalloc(void** memory, std::size_t size) {
  auto& runtime = fake_runtime();
  ++runtime.allocations;
  if (runtime.taken + size > runtime.memory) return cudaErrorMemoryAllocation;
  runtime.taken += size;
  *memory = std::malloc(size);
  blocks()[*memory] = size;
  return cudaSuccess;
}
cudaError_t cudaFree(void* memory) {
  fake_runtime().taken -= blocks().at(memory);
  blocks().erase(memory);
  std::free(memory);
  return cudaSuccess;
}
cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t size, cudaMemcpyKind,
                            cudaStream_t) {
  std::memcpy(to, from, size);
  return fake_runtime().work;
}
cudaError_t cudaMemsetAsync(void* memory, int value, std::size_t size, cudaStream_t) {
  std::memset(memory, value, size);
  return fake_runtime().work;
}
cudaError_t cudaLaunchKernel(const void*, dim3, dim3, void**, std::size_t, cudaStream_t) {
  return fake_runtime().work;
}
cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, const void*) {
  *attributes = {};
  attributes->maxThreadsPerBlock = 250;
  return fake_runtime().work;
}

}  // extern "C"
