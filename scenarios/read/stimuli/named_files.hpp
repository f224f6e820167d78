// Files that a scenario names beside it, such as spikes and weights, which a copy of it elsewhere would
// miss.
#pragma once

#include <string>
#include <toml++/toml.h>
#include <vector>

namespace retrograde {

struct Scenario;

// Whether any table of a population, projection or trial, or a value of a study's axis, has `path` or
// `file`.
bool names_files(const toml::table& document);

// Those of a scenario, with their folder.
std::vector<std::string> named_files(const Scenario& scenario);

// The arrays in memory that it names (io/arrays/memory_arrays.hpp).
std::vector<std::string> named_arrays(const Scenario& scenario);

}  // namespace retrograde
