// The files that come with Retrograde: scenarios, and what is known of chips. They are looked for
// in the source tree this program was built from, else under its install prefix
// (../share/retrograde from the program; in a Python package share/retrograde beside the module). Functions that return a path throw IoError that lists
// where it was looked for.
#pragma once

#include <string>
#include <vector>

namespace retrograde {

std::string library_scenario(const std::string& file);  // "yin_yang.toml"

// Scenarios to start from (`retro new`), paths sorted.
std::vector<std::string> library_starts();

// Profile of a chip (chip_profile.hpp): "loihi2".
std::string library_chip(const std::string& name);
// Names of all shipped profiles, sorted.
std::vector<std::string> library_chips();
// Machines that a chip is compared with, paths sorted.
std::vector<std::string> library_comparisons();

}  // namespace retrograde
