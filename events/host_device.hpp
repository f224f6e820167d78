// RETROGRADE_HOST_DEVICE stands before functions that also run on a GPU: nvcc compiles them for both
// sides, every other compiler sees nothing. Such a function neither allocates nor throws. The GPU calls
// those with _APART instead of inlining them: seldom needed, they would take registers from what is.
#pragma once

#ifdef __CUDACC__
#define RETROGRADE_HOST_DEVICE __host__ __device__
#define RETROGRADE_HOST_DEVICE_APART __host__ __device__ __noinline__
#else
#define RETROGRADE_HOST_DEVICE
#define RETROGRADE_HOST_DEVICE_APART
#endif
