// Files that say what is known of a chip of the Xylo family (hardware/xylo/place/profile.hpp). TOML, in
// the form of the other profiles, with family = "xylo"; docs/xylo.md describes the keys.
#pragma once

#include <string>

#include <retrograde/hardware/xylo/place/profile.hpp>

namespace retrograde {

// All throw IoError, ScenarioError (file, line, column, key, remedy).
bool is_xylo_profile(const std::string& path);
xylo::Profile read_xylo_profile(const std::string& path);
xylo::Profile parse_xylo_profile(const std::string& text, const std::string& file);

}  // namespace retrograde
