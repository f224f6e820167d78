# cmake --install: libraries, headers, the version and the CMake package; each folder adds what is its own.

include(CMakePackageConfigHelpers)

set(_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/retrograde")

configure_package_config_file(
  "${CMAKE_CURRENT_LIST_DIR}/retrogradeConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/retrogradeConfig.cmake"
  INSTALL_DESTINATION "${_package_dir}")
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/retrogradeConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/retrogradeConfig.cmake"
  "${PROJECT_BINARY_DIR}/retrogradeConfigVersion.cmake"
  DESTINATION "${_package_dir}")

install(FILES "${PROJECT_BINARY_DIR}/include/retrograde/version.hpp"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/retrograde")
