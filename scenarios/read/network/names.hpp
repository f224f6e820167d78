// Names in a scenario: what may be called how, and which population is meant.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>

namespace retrograde {

// What keeps a name from standing in messages and files, and what to write; empty: nothing.
std::string text_problem(const std::string& name);
// Of a population or projection; it will stand in messages and files.
std::string read_name(const TomlValue& value, const char* remedy);

// What keeps a name from being that of a folder below runs/, and what to write; empty: nothing.
std::string folder_name_problem(const std::string& name);
// Of a scenario, whose runs lie in folders of that name.
std::string read_folder_name(const TomlValue& value);

// The population a value names; throws ScenarioError with a suggestion.
std::uint32_t population_named(const TomlValue& name, const std::vector<std::string>& names);
std::vector<std::string> population_names(const Network& network);

}  // namespace retrograde
