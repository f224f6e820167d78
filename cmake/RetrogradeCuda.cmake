# GPUs by CUDA (docs/gpu.md): looks for a toolkit, and for nothing else, so that a machine without a GPU builds for
# those with one. The runtime is linked statically, and the program starts where there is no driver.
#
# Sets RETROGRADE_HAS_CUDA; with it sources *.cu are compiled, and RETROGRADE_CUDA_LIBRARIES are linked.

option(RETROGRADE_CUDA "Use CUDA where its toolkit is found, for networks on GPUs" ON)
set(RETROGRADE_CUDA_ARCHITECTURES "80;86;89;90" CACHE STRING
  "GPUs that kernels are compiled for, lowest compute capability first; those after it translate the first one's PTX")

# What each thread of a kernel may use, for two blocks of 256 threads on a processor.
set(RETROGRADE_KERNEL_REGISTERS 128)
# Kernels that put registers into memory all the same, separated by commas, each with its reason.
# ForwardPass: some 60 bytes, where it calls the replay of a neuron, which has its own registers.
set(RETROGRADE_KERNELS_THAT_SPILL "ForwardPass")

set(RETROGRADE_HAS_CUDA FALSE)
set(_none "")
if(NOT RETROGRADE_CUDA)
  set(_none "switched off by RETROGRADE_CUDA")
elseif(RETROGRADE_SANITIZE OR RETROGRADE_FUZZ)
  set(_none "not together with sanitizers and fuzzers, which watch the same kernels on the CPU")
else()
  # Also where installers put it without a word to PATH, and there where PATH has one that is too old.
  find_program(RETROGRADE_NVCC nvcc HINTS ENV CUDACXX ENV CUDA_PATH ENV CUDA_HOME
    PATHS /usr/local/cuda /opt/cuda PATH_SUFFIXES bin)
  mark_as_advanced(RETROGRADE_NVCC)
  if(NOT RETROGRADE_NVCC)
    set(_none "no nvcc in PATH or /usr/local/cuda/bin (toolkit 12.0 or later, or -DRETROGRADE_NVCC=...)")
  endif()
  foreach(_candidate "${RETROGRADE_NVCC}" /usr/local/cuda/bin/nvcc)
    if(NOT EXISTS "${_candidate}")
      continue()
    endif()
    set(_nvcc "${_candidate}")
    execute_process(COMMAND "${_nvcc}" --version OUTPUT_VARIABLE _said ERROR_QUIET)
    if(NOT _said MATCHES "release ([0-9]+\\.[0-9]+)")
      set(_none "${_nvcc} does not say its version")
      continue()
    endif()
    set(_version "${CMAKE_MATCH_1}")
    if(_version VERSION_GREATER_EQUAL 12.0)
      set(_none "")
      break()
    endif()
    set(_none "${_nvcc} is of toolkit ${_version}, which does not know C++20; install 12.0 or later from NVIDIA")
  endforeach()
endif()

if(NOT _none)
  set(ENV{CUDACXX} "${_nvcc}")
  set(ENV{CUDAHOSTCXX} "${CMAKE_CXX_COMPILER}")
  # It tries the compiler in a project of its own, since here a failure would end everything.
  include(CheckLanguage)
  check_language(CUDA)
  if(NOT CMAKE_CUDA_COMPILER)
    set(_none "${_nvcc} (${_version}) does not work with ${CMAKE_CXX_COMPILER}; see CMakeFiles/CMakeError.log")
  endif()
endif()

if(NOT _none)
  set(CMAKE_CUDA_ARCHITECTURES OFF)  # the options are our own, below
  enable_language(CUDA)
  find_package(CUDAToolkit QUIET)
  if(NOT CUDA_cudart_static_LIBRARY)
    set(_none "${_nvcc} (${_version}) is there, but libcudart_static.a of its toolkit is not")
  endif()
endif()

if(_none)
  message(STATUS "CUDA: none, so nothing runs on GPUs: ${_none}")
  return()
endif()

set(RETROGRADE_HAS_CUDA TRUE)
list(JOIN RETROGRADE_CUDA_ARCHITECTURES ", " _architectures)
list(GET RETROGRADE_CUDA_ARCHITECTURES 0 _first)
list(TRANSFORM RETROGRADE_CUDA_ARCHITECTURES PREPEND "sm_" OUTPUT_VARIABLE _code)
list(JOIN _code "," _code)
message(STATUS "CUDA: ${_nvcc} ${_version} (GPUs of compute capability ${_architectures} and PTX)")

# Files and not targets: a project that uses the installed package needs no CUDA of its own.
set(CMAKE_CUDA_RUNTIME_LIBRARY None)  # what CMake would add
set(RETROGRADE_CUDA_LIBRARIES "${CUDA_cudart_static_LIBRARY}" Threads::Threads ${CMAKE_DL_LIBS} rt)
set(CMAKE_CUDA_STANDARD 20)
if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)  # CMake before 3.26
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
  set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION "-std=c++20")
endif()
set(CMAKE_CUDA_STANDARD_REQUIRED ON)
set(CMAKE_CUDA_EXTENSIONS OFF)

# Contraction is off on either side. What the host's compiler makes of a .cu is as everywhere else, since
# inline functions of headers are in both.
#
# One PTX, of the first architecture, from which the assembler makes code for all of them: reading headers and
# optimising once for each would take twice as long, and nothing here is for one architecture alone.
set(_host "-ffp-contract=off,-fno-trapping-math,-Wall,-Wextra")
if(RETROGRADE_ARCH)
  string(APPEND _host ",-march=${RETROGRADE_ARCH}")
endif()
add_compile_options(
  "$<$<COMPILE_LANGUAGE:CUDA>:SHELL:-fmad=false --expt-relaxed-constexpr -Xptxas=-v -Xcompiler=${_host} \
--generate-code=arch=compute_${_first},code=[compute_${_first},${_code}]>")
if(RETROGRADE_WERROR)
  add_compile_options("$<$<COMPILE_LANGUAGE:CUDA>:SHELL:-Werror all-warnings>")
endif()

# The assembler says what each kernel needs; log_kernels keeps that beside the object file, from where
# kernel_resources reads it.
set(CMAKE_CUDA_COMPILER_LAUNCHER "${CMAKE_CURRENT_LIST_DIR}/log_kernels")
if(RETROGRADE_CCACHE)
  list(APPEND CMAKE_CUDA_COMPILER_LAUNCHER "${RETROGRADE_CCACHE}")
endif()

# cmake --build ... --target kernel_resources: registers, shared memory and spills of each kernel.
set(RETROGRADE_KERNEL_RESOURCES "${CMAKE_COMMAND}"
  -D "BUILD_DIR=${PROJECT_BINARY_DIR}" -D "REGISTERS=${RETROGRADE_KERNEL_REGISTERS}"
  -D "MAY_SPILL=${RETROGRADE_KERNELS_THAT_SPILL}"
  -P "${CMAKE_CURRENT_LIST_DIR}/KernelResources.cmake")
add_custom_target(kernel_resources COMMAND ${RETROGRADE_KERNEL_RESOURCES} VERBATIM)
add_dependencies(kernel_resources retrograde_engine retrograde_adjoint)
