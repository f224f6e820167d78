# The target retrograde_version keeps <retrograde/version.hpp> up to date on every build: the file is
# written again only when its text changes, so an unchanged commit rebuilds nothing.

if(RETROGRADE_ARCH)
  set(_arch "${RETROGRADE_ARCH}")
else()
  set(_arch "${CMAKE_SYSTEM_PROCESSOR}")
endif()
set(_version_command
  "${CMAKE_COMMAND}"
  -D "SOURCE_DIR=${PROJECT_SOURCE_DIR}"
  -D "OUTPUT=${PROJECT_BINARY_DIR}/include/retrograde/version.hpp"
  -D "VERSION=${PROJECT_VERSION}"
  -D "COMPILER=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}"
  -D "BUILD_TYPE=${CMAKE_BUILD_TYPE}"
  -D "ARCH=${_arch}"
  -P "${CMAKE_CURRENT_LIST_DIR}/WriteVersion.cmake")

execute_process(COMMAND ${_version_command} COMMAND_ERROR_IS_FATAL ANY)
add_custom_target(retrograde_version ALL
  COMMAND ${_version_command}
  BYPRODUCTS "${PROJECT_BINARY_DIR}/include/retrograde/version.hpp"
  COMMENT "Checking the commit"
  VERBATIM)
