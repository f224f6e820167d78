# cmake -D BUILD_DIR= -D CONSUMERS= -D SCRATCH= -D VERSION= -D CXX= -D SANITIZE= -P run_consumer.cmake

file(REMOVE_RECURSE "${SCRATCH}")
set(prefix "${SCRATCH}/prefix")
set(flags "")
if(SANITIZE)
  set(flags "-fsanitize=${SANITIZE}")
endif()

function(step)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "failed (${status}): ${command}\n${output}")
  endif()
endfunction()

step("${CMAKE_COMMAND}" --install "${BUILD_DIR}" --prefix "${prefix}")
foreach(project consumer engine_consumer)
  step("${CMAKE_COMMAND}" -G Ninja -S "${CONSUMERS}/${project}" -B "${SCRATCH}/${project}"
    -D "CMAKE_PREFIX_PATH=${prefix}" -D "CMAKE_CXX_COMPILER=${CXX}" -D "CMAKE_CXX_FLAGS=${flags}"
    -D "RETROGRADE_VERSION=${VERSION}" -D CMAKE_BUILD_TYPE=Release)
  step("${CMAKE_COMMAND}" --build "${SCRATCH}/${project}")
  step("${SCRATCH}/${project}/consumer")
endforeach()
step("${prefix}/bin/retro" --version)
