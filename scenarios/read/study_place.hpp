// Where the keys of a study's axis lead: "train.epochs", "population.hidden.size",
// "projection.in->hidden.learn".
#pragma once

#include <string>
#include <vector>

#include <retrograde/scenarios/io/toml_table.hpp>

namespace retrograde {

// The table of the document that such a key leads into, and the key in it.
struct StudyPlace {
  toml::table* table;
  std::string key;
};

// What a [[population]] or [[projection]] is called there; empty: nothing.
std::string place_name(const toml::table& table);

// Keys of an axis that lead into the scenario, in the order of the file.
std::vector<std::string> study_places(const TomlTable& axis);

// Throws ScenarioError at the key: a place that the scenario does not have or that changes no
// result.
StudyPlace study_place(toml::table& document, const TomlTable& axis, const std::string& path);

}  // namespace retrograde
