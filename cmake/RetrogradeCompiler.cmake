# Language level, optimisation, warnings, sanitizers and ccache, for everything below the top directory.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

# The instruction set. Contraction to fused multiply-add is off, so that the only fused operations
# are those that the sources spell out: the polynomials of engine/windowed/short_flow.hpp, where the
# instruction exists. Through them last bits of results depend on it.
set(_arch "")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$" AND EXISTS "/proc/cpuinfo")
  file(STRINGS "/proc/cpuinfo" _flags REGEX "^flags" LIMIT_COUNT 1)
  if(_flags MATCHES " avx2( |$)" AND _flags MATCHES " fma( |$)" AND _flags MATCHES " bmi2( |$)")
    set(_arch "x86-64-v3")
  endif()
endif()
set(RETROGRADE_ARCH "${_arch}" CACHE STRING
  "Argument of -march=; empty for the compiler's baseline (the default follows this machine)")
if(RETROGRADE_ARCH)
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-march=${RETROGRADE_ARCH}>")
endif()

# What nvcc is told is in RetrogradeCuda.cmake.
function(_retrograde_compile_cxx)
  foreach(option ${ARGN})
    add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:${option}>")
  endforeach()
endfunction()

_retrograde_compile_cxx(
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align
  -Wdouble-promotion -Wfloat-conversion -Wformat=2 -Wextra-semi -Wimplicit-fallthrough)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # -Wrestrict misfires on std::string concatenation in GCC 12 (GCC bug 105651).
  _retrograde_compile_cxx(-Wduplicated-cond -Wlogical-op -Wno-restrict)
endif()
if(RETROGRADE_WERROR)
  _retrograde_compile_cxx(-Werror)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # These depend on what the optimiser happens to see; they stay warnings.
    _retrograde_compile_cxx(-Wno-error=maybe-uninitialized -Wno-error=array-bounds
      -Wno-error=stringop-overflow -Wno-error=stringop-overread)
  endif()
endif()

if(RETROGRADE_SANITIZE)
  add_compile_options("-fsanitize=${RETROGRADE_SANITIZE}" -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  add_link_options("-fsanitize=${RETROGRADE_SANITIZE}")
endif()

if(RETROGRADE_FUZZ)
  # Coverage of everything, so that the fuzzer sees which inputs reach something new.
  add_compile_options(-fsanitize=fuzzer-no-link
    "-fsanitize-ignorelist=${PROJECT_SOURCE_DIR}/tests/fuzz/sanitizer_ignore.txt")
endif()

find_program(RETROGRADE_CCACHE ccache)
mark_as_advanced(RETROGRADE_CCACHE)
if(RETROGRADE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # ccache keeps precompiled headers only under these two conditions (ccache manual, "Precompiled
  # headers").
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
    "CCACHE_SLOPPINESS=pch_defines,time_macros" "${RETROGRADE_CCACHE}")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    _retrograde_compile_cxx(-fpch-preprocess)
  endif()
endif()
