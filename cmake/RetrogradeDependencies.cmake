# Everything Retrograde is built from. retrogradeConfig.cmake.in repeats this list for consumers.

find_package(Boost 1.74 REQUIRED COMPONENTS program_options)
find_package(TBB REQUIRED)
find_package(fmt REQUIRED)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(tomlplusplus REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Threads REQUIRED)

if(RETROGRADE_FUZZ)
  # The TOML parser is compiled along: from the shared library it would be neither watched by the
  # sanitizers nor explored by the fuzzer. Its assertions are off, as they are there: "[!x]" violates
  # one, is handled all the same, and the sanitizers see what is not.
  set_target_properties(tomlplusplus::tomlplusplus PROPERTIES
    INTERFACE_COMPILE_OPTIONS "-DTOML_HEADER_ONLY=1;-DTOML_ASSERT(x)=static_assert(true)")
endif()

if(RETROGRADE_SANITIZE MATCHES "thread" AND NOT TBB_DIR MATCHES "^${PROJECT_SOURCE_DIR}/build/")
  message(WARNING "TBB comes from ${TBB_DIR}. Unless it was built with ThreadSanitizer "
    "(cmake/tsan/build_tbb build/tbb-tsan), races will be reported that are none.")
endif()

# Two libraries that are headers only and come without a CMake package.
find_path(XXHASH_INCLUDE_DIR xxhash.h REQUIRED)
find_path(RANDOM123_INCLUDE_DIR Random123/philox.h REQUIRED)
mark_as_advanced(XXHASH_INCLUDE_DIR RANDOM123_INCLUDE_DIR)

# HDF5's C library, by hand: CMake's own module needs a C compiler, and Debian's is in folders of
# the serial variant.
find_path(HDF5_INCLUDE_DIR hdf5.h PATH_SUFFIXES hdf5/serial REQUIRED)
find_library(HDF5_LIBRARY NAMES hdf5_serial hdf5 REQUIRED)
mark_as_advanced(HDF5_INCLUDE_DIR HDF5_LIBRARY)

# Arrays of numpy: an NPZ is a zip archive. By hand: the CMake package of libzip asks for its tools.
find_path(ZIP_INCLUDE_DIR zip.h REQUIRED)
find_library(ZIP_LIBRARY zip REQUIRED)
mark_as_advanced(ZIP_INCLUDE_DIR ZIP_LIBRARY)

# Recordings: libsndfile reads them, libsoxr changes their rate; KissFFT is one header for any number
# type.
find_path(SNDFILE_INCLUDE_DIR sndfile.h REQUIRED)
find_library(SNDFILE_LIBRARY sndfile REQUIRED)
find_path(SOXR_INCLUDE_DIR soxr.h REQUIRED)
find_library(SOXR_LIBRARY soxr REQUIRED)
find_path(KISSFFT_INCLUDE_DIR kissfft/kissfft.hh REQUIRED)
mark_as_advanced(SNDFILE_INCLUDE_DIR SNDFILE_LIBRARY SOXR_INCLUDE_DIR SOXR_LIBRARY
  KISSFFT_INCLUDE_DIR)

# Trainings and large networks over several processes, by the command alone (scenarios/cli/ranks). Without MPI `retro
# version` says so, and its tests are skipped.
option(RETROGRADE_MPI "Use MPI where it is found, for trainings and large networks over several processes" ON)
set(RETROGRADE_HAS_MPI FALSE)
if(RETROGRADE_MPI)
  find_package(MPI QUIET COMPONENTS CXX)
  set(RETROGRADE_HAS_MPI ${MPI_CXX_FOUND})
endif()
if(RETROGRADE_HAS_MPI)
  message(STATUS "MPI: ${MPI_CXX_COMPILER} (retro train and retro run over several processes)")
else()
  message(STATUS "MPI: none, so nothing runs over several processes (Debian: libopenmpi-dev, openmpi-bin)")
endif()
