// A team is the threads that run one block of a kernel (device.hpp), between barriers: every call here
// ends with all of them having done their part and seeing each other's. A kernel is written once, over
// either: on a device the threads of a block, in a program for CPUs one thread and loops. What passes from
// one call to the next lies in memory that all of them see.
//
// Nothing may depend on who comes first: `append` gives places in no order, `raise` keeps a maximum and
// `lower` a minimum.
#pragma once

#include <cstdint>

#include <retrograde/events/host_device.hpp>

namespace retrograde {

// One thread.
class SoloTeam {
 public:
  // f(k) for k in [0, count), of any unsigned type.
  template <typename N, typename F>
  void each(N count, const F& f) {
    for (N k = 0; k < count; ++k) f(k);
  }
  // f() by one of them.
  template <typename F>
  void one(const F& f) {
    f();
  }
  // All of them are here.
  void wait() {}
  // Inside `each`: the counter before it grew by 1; a maximum, a minimum of values >= 0.
  static std::uint32_t append(std::uint32_t& counter) { return counter++; }
  template <typename T>
  static void raise(T& maximum, T value) {
    if (value > maximum) maximum = value;
  }
  static void lower(double& minimum, double value) {
    if (value < minimum) minimum = value;
  }
};

#ifdef __CUDACC__
// The threads of a block.
class BlockTeam {
 public:
  template <typename N, typename F>
  __device__ void each(N count, const F& f) {
    for (N k = threadIdx.x; k < count; k += blockDim.x) f(k);
    __syncthreads();
  }
  template <typename F>
  __device__ void one(const F& f) {
    if (threadIdx.x == 0) f();
    __syncthreads();
  }
  __device__ void wait() { __syncthreads(); }
  static __device__ std::uint32_t append(std::uint32_t& counter) { return atomicAdd(&counter, 1u); }
  static __device__ void raise(std::uint32_t& maximum, std::uint32_t value) {
    atomicMax(&maximum, value);
  }
  // Doubles >= 0 are ordered as their bits are.
  static __device__ void raise(double& maximum, double value) {
    atomicMax(reinterpret_cast<unsigned long long*>(&maximum),
              static_cast<unsigned long long>(__double_as_longlong(value)));
  }
  static __device__ void lower(double& minimum, double value) {
    atomicMin(reinterpret_cast<unsigned long long*>(&minimum),
              static_cast<unsigned long long>(__double_as_longlong(value)));
  }
};
#endif

}  // namespace retrograde
