// Keys that --set can name.
#pragma once

#include <string>
#include <vector>

namespace retrograde {

// Of any scenario: "train.epochs", and "population.NAME.size" where a name is needed.
std::vector<std::string> settable_keys();
// Of this scenario, with the names that it has. Throws IoError and ScenarioError for what is no TOML.
std::vector<std::string> settable_keys(const std::string& path);

}  // namespace retrograde
