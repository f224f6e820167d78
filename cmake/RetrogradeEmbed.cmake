# retrograde_embed(TARGET FILE NAME)
#
# Compiles a text file into TARGET, as `extern const std::string_view retrograde::embedded::NAME`,
# which whoever uses it declares. So scripts, style sheets and the like are real files that their
# own tools can read. The source is written again when the file changes.
set(_retrograde_embed_script "${CMAKE_CURRENT_LIST_DIR}/WriteEmbedded.cmake")

function(retrograde_embed target file name)
  set(output "${CMAKE_CURRENT_BINARY_DIR}/embedded/${name}.cpp")
  add_custom_command(
    OUTPUT "${output}"
    COMMAND "${CMAKE_COMMAND}" "-DINPUT=${CMAKE_CURRENT_SOURCE_DIR}/${file}" "-DOUTPUT=${output}"
      "-DNAME=${name}" -P "${_retrograde_embed_script}"
    DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${file}" "${_retrograde_embed_script}"
    COMMENT "Embedding ${file}"
    VERBATIM)
  target_sources(${target} PRIVATE "${output}")
  set_source_files_properties("${output}" PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
endfunction()
