# Writes the text of the file INPUT as a C++ source, OUTPUT: a string_view called NAME. The raw
# string is cut into pieces, each below the 65536 characters that every compiler takes.
file(READ "${INPUT}" text)
if(text MATCHES "\\)embedded\"")
  message(FATAL_ERROR "${INPUT} holds the characters )embedded\", which end the string it becomes")
endif()
string(LENGTH "${text}" length)
set(pieces "")
set(at 0)
while(at LESS length)
  string(SUBSTRING "${text}" ${at} 8000 piece)
  string(APPEND pieces "\n    R\"embedded(${piece})embedded\"")
  math(EXPR at "${at} + 8000")
endwhile()
if(pieces STREQUAL "")
  set(pieces "\"\"")
endif()
file(WRITE "${OUTPUT}" "// Written from ${INPUT}; change that.
#include <string_view>

namespace retrograde::embedded {

extern const std::string_view ${NAME};
constinit const std::string_view ${NAME} =${pieces};

}  // namespace retrograde::embedded
")
