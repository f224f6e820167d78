# retrograde_add_library(FOLDER [INTERNAL] [PUBLIC target...] [PRIVATE target...] [EXCLUDE regex])
#
# Makes the target retrograde::FOLDER of all sources in the current folder: STATIC when there is a
# .cpp, INTERFACE when the folder is headers only. Headers are reached as <retrograde/FOLDER/...>,
# through a link in the build tree and from include/ once installed. EXCLUDE drops sources whose
# path inside the folder matches. INTERNAL: not installed.
function(retrograde_add_library folder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "INTERNAL" "EXCLUDE" "PUBLIC;PRIVATE")

  file(GLOB_RECURSE sources CONFIGURE_DEPENDS RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}" "*.cpp")
  if(arg_EXCLUDE)
    list(FILTER sources EXCLUDE REGEX "${arg_EXCLUDE}")
  endif()

  set(target "retrograde_${folder}")
  if(sources)
    add_library(${target} STATIC ${sources})
    set(scope PUBLIC)
    target_link_libraries(${target} PRIVATE ${arg_PRIVATE})
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
    target_link_libraries(${target} INTERFACE ${arg_PRIVATE})
  endif()
  add_library(retrograde::${folder} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${folder})

  target_compile_features(${target} ${scope} cxx_std_20)
  # Public, since a consumer compiles our inline functions and has to get the same bits.
  target_compile_options(${target} ${scope} -ffp-contract=off)
  # Nobody reads the flags of floating-point exceptions; without them loops with conversions and
  # conditions become SIMD. No value depends on it.
  target_compile_options(${target} ${scope} -fno-trapping-math)
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
  install(TARGETS ${target} EXPORT retrogradeTargets
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
  install(DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}/"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/retrograde/${folder}"
    FILES_MATCHING PATTERN "*.hpp")
endfunction()
