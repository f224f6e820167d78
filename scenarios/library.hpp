// The shipped scenarios.
#pragma once

#include <string>

namespace retrograde {

// Path of a scenario that comes with Retrograde: in the source tree this program was built from,
// else under its install prefix (../share/retrograde/scenarios from the program). Throws IoError
// that lists where it was looked for.
std::string library_scenario(const std::string& file);

}  // namespace retrograde
