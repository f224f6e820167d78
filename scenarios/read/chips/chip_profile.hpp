// Files that say what is known of a chip (hardware/chip_profile.hpp), and of machines to compare it
// with. TOML; docs/loihi2.md describes the keys. Shipped ones are in scenarios/chips.
#pragma once

#include <string>
#include <vector>

#include <retrograde/hardware/chip_profile.hpp>

namespace retrograde {

// Throw IoError, ScenarioError (file, line, column, key, remedy).
ChipProfile read_chip_profile(const std::string& path);
ChipProfile parse_chip_profile(const std::string& text, const std::string& file);
Comparison read_comparison(const std::string& path);
Comparison parse_comparison(const std::string& text, const std::string& file);

}  // namespace retrograde
