# Everything Retrograde is built from. retrogradeConfig.cmake.in repeats this list for consumers.

find_package(Boost 1.74 REQUIRED COMPONENTS program_options)
find_package(TBB REQUIRED)
find_package(fmt REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Threads REQUIRED)

if(RETROGRADE_SANITIZE MATCHES "thread" AND NOT TBB_DIR MATCHES "^${PROJECT_SOURCE_DIR}/build/")
  message(WARNING "TBB comes from ${TBB_DIR}. Unless it was built with ThreadSanitizer "
    "(cmake/tsan/build_tbb build/tbb-tsan), races will be reported that are none.")
endif()

# Two libraries that are headers only and come without a CMake package.
find_path(XXHASH_INCLUDE_DIR xxhash.h REQUIRED)
find_path(RANDOM123_INCLUDE_DIR Random123/philox.h REQUIRED)
mark_as_advanced(XXHASH_INCLUDE_DIR RANDOM123_INCLUDE_DIR)
