// A value that goes before what a scenario says: --set KEY=VALUE of the command line. Keys are those
// of axes of [study] (study_place.hpp), "train.epochs", "population.hidden.size"; tables that there is
// one of are made where they are missing.
#pragma once

#include <string>
#include <toml++/toml.h>
#include <vector>

namespace retrograde {

struct Setting {
  std::string key;
  std::string value;  // TOML; "{ absent = true }" takes the key away
};

// From "KEY=VALUE". What is no TOML is taken as a string, so that names and times need no quotes
// within those of the shell. Throws UsageError.
Setting parse_setting(const std::string& word);

// What messages call it in the place of a file: "--set train.epochs".
std::string place_of(const Setting& setting);

// Puts the values into the document. They know where they come from, so that what is wrong with one is
// reported as that of --set. Throws ScenarioError for keys that lead nowhere.
void apply_settings(toml::table& document, const std::vector<Setting>& settings);

// The text of a document with the values in it, comments and all; `document` is the same with them.
std::string with_settings(std::string text, const std::string& file,
                          const std::vector<Setting>& settings, const toml::table& document);

// Throws ScenarioError for a setting whose place an axis of [study] gives several values.
void refuse_varied(toml::table& document, const std::string& file,
                   const std::vector<Setting>& settings);

}  // namespace retrograde
