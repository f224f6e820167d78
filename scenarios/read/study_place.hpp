// Where the keys of a study's axis lead: "train.epochs", "population.hidden.size",
// "projection.in->hidden.learn", "event.cut.share": any table of the scenario, and of those that it
// has several of, the one of that name, or all of them by the name *.
#pragma once

#include <string>
#include <vector>

#include <retrograde/scenarios/io/toml_table.hpp>

namespace retrograde {

// The tables of the document that such a key leads into, at least one, and the key in them.
struct StudyPlace {
  std::vector<toml::table*> tables;
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
