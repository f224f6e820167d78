#include <filesystem>
#include <utility>

#include <retrograde/scenarios/io/arrays/memory_arrays.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/read/stimuli/named_files.hpp>

namespace retrograde {

namespace {

// All values of keys that name files, at any depth.
void add_named(const toml::node& node, std::vector<std::string>& names) {
  if (const toml::array* list = node.as_array()) {
    for (const toml::node& each : *list) add_named(each, names);
    return;
  }
  const toml::table* table = node.as_table();
  if (!table) return;
  for (const auto& [key, value] : *table) {
    if ((key == "path" || key == "file") && value.is_string() &&
        !memory_name(*value.value<std::string>()))
      names.push_back(*value.value<std::string>());
    add_named(value, names);
  }
}

std::vector<std::string> names_in(const toml::table& document) {
  std::vector<std::string> names;
  for (const char* key : {"population", "projection", "trial", "study"})
    if (const toml::node* node = document.get(key)) add_named(*node, names);
  return names;
}

}  // namespace

bool names_files(const toml::table& document) { return !names_in(document).empty(); }

std::vector<std::string> named_files(const Scenario& scenario) {
  std::vector<std::string> paths;
  for (const std::string& name : names_in(parse_toml(scenario.text, scenario.file)))
    paths.push_back((std::filesystem::path(scenario.folder) / name).string());
  return paths;
}

}  // namespace retrograde
