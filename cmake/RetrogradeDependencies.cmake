# Everything Retrograde is built from. retrogradeConfig.cmake.in repeats this list for consumers.

find_package(Boost 1.74 REQUIRED COMPONENTS program_options)
find_package(TBB REQUIRED)
find_package(fmt REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Threads REQUIRED)

# Two libraries that are headers only and come without a CMake package.
find_path(XXHASH_INCLUDE_DIR xxhash.h REQUIRED)
find_path(RANDOM123_INCLUDE_DIR Random123/philox.h REQUIRED)
mark_as_advanced(XXHASH_INCLUDE_DIR RANDOM123_INCLUDE_DIR)
