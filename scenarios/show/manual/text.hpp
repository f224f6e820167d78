// What the manual says of keys, as text for a terminal: paragraphs that may be broken into lines, and
// lines that begin with blanks.
#pragma once

#include <string>
#include <vector>

#include <retrograde/scenarios/read/manual/manual.hpp>

namespace retrograde {

// All that it says of one key, or of one key in several places.
std::string entry_text(const ManualEntry& entry);
// A line for each key, the text of the section above.
std::string section_text(const Manual& manual, const std::string& section);
// The sections, a line each.
std::string overview_text(const Manual& manual);

}  // namespace retrograde
