// RETROGRADE_HOST_DEVICE stands before functions that also run on a GPU: nvcc compiles them for both
// sides, every other compiler sees nothing. Such a function neither allocates nor throws.
#pragma once

#ifdef __CUDACC__
#define RETROGRADE_HOST_DEVICE __host__ __device__
#else
#define RETROGRADE_HOST_DEVICE
#endif
