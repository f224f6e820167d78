# retrograde_add_library(NAME [INTERNAL] [ROOMS folder...] [PUBLIC target...] [PRIVATE target...])
#
# Makes the target retrograde::NAME of the sources below the current folder, or of those of some of its
# ROOMS: STATIC when there is a .cpp, INTERFACE when there are headers only; a .cu is compiled where there is
# CUDA. Headers are reached as <retrograde/FOLDER/...>, through a link in the build tree and from include/ once installed. Each
# target is a component of the installed package (find_package(retrograde COMPONENTS NAME)) with what
# it needs of the others; INTERNAL: it is not installed.
function(retrograde_add_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "INTERNAL" "" "ROOMS;PUBLIC;PRIVATE")
  cmake_path(GET CMAKE_CURRENT_SOURCE_DIR FILENAME folder)
  if(NOT arg_ROOMS)
    set(arg_ROOMS ".")
  endif()

  # Of two files that stand for each other, the one that is not built.
  set(absent cuda_device.cpp)
  if(RETROGRADE_HAS_CUDA)
    set(absent without_cuda.cpp)
  endif()
  set(sources "")
  foreach(room ${arg_ROOMS})
    file(GLOB_RECURSE found CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${room}/*.cpp")
    list(APPEND sources ${found})
    if(RETROGRADE_HAS_CUDA)
      file(GLOB_RECURSE found CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${room}/*.cu")
      list(APPEND sources ${found})
    endif()
    list(FILTER sources EXCLUDE REGEX "/${absent}$")
  endforeach()

  set(target "retrograde_${name}")
  if(sources)
    add_library(${target} STATIC ${sources})
    set(scope PUBLIC)
    target_link_libraries(${target} PRIVATE ${arg_PRIVATE})
    if(RETROGRADE_HAS_CUDA)
      set(kernels ${sources})
      list(FILTER kernels INCLUDE REGEX "/device/[^/]*$")
      set_property(SOURCE ${kernels} APPEND PROPERTY COMPILE_DEFINITIONS RETROGRADE_HAS_CUDA)
    endif()
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
    target_link_libraries(${target} INTERFACE ${arg_PRIVATE})
  endif()
  add_library(retrograde::${name} ALIAS ${target})
  # One build serves programs and the Python module, which is a shared library. Nothing is exported
  # from there, so calls among us go as they do within a program.
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})

  target_compile_features(${target} ${scope} cxx_std_20)
  # Public, since a consumer compiles our inline functions and has to get the same bits.
  target_compile_options(${target} ${scope} "$<$<COMPILE_LANGUAGE:CXX>:-ffp-contract=off>")
  # Nobody reads the flags of floating-point exceptions; without them loops with conversions and
  # conditions become SIMD. No value depends on it.
  target_compile_options(${target} ${scope} "$<$<COMPILE_LANGUAGE:CXX>:-fno-trapping-math>")
  target_include_directories(${target} ${scope}
    "$<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>"
    "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  target_link_libraries(${target} ${scope} ${arg_PUBLIC})

  file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/include/retrograde")
  file(CREATE_LINK "${CMAKE_CURRENT_SOURCE_DIR}"
    "${PROJECT_BINARY_DIR}/include/retrograde/${folder}" SYMBOLIC)

  if(arg_INTERNAL)
    return()
  endif()
  install(TARGETS ${target} EXPORT retrograde_${name} ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
  install(EXPORT retrograde_${name} NAMESPACE retrograde::
    FILE "retrograde-${name}.cmake" DESTINATION "${CMAKE_INSTALL_LIBDIR}/cmake/retrograde")
  foreach(room ${arg_ROOMS})
    install(DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}/${room}/"
      DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/retrograde/${folder}/${room}"
      FILES_MATCHING PATTERN "*.hpp" PATTERN "*.cuh")
  endforeach()
endfunction()
