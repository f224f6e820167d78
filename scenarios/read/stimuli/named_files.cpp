#include <filesystem>
#include <utility>

#include <retrograde/scenarios/io/arrays/memory_arrays.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/read/stimuli/named_files.hpp>

namespace retrograde {

namespace {

struct Names {
  std::vector<std::string> files, memory;
};

// All values of keys that name files, at any depth.
void add_named(const toml::node& node, Names& names) {
  if (const toml::array* list = node.as_array()) {
    for (const toml::node& each : *list) add_named(each, names);
    return;
  }
  const toml::table* table = node.as_table();
  if (!table) return;
  for (const auto& [key, value] : *table) {
    if ((key == "path" || key == "file") && value.is_string()) {
      std::string file = *value.value<std::string>();
      if (auto name = memory_name(file))
        names.memory.push_back(std::move(*name));
      else
        names.files.push_back(std::move(file));
    }
    add_named(value, names);
  }
}

Names names_in(const toml::table& document) {
  Names names;
  for (const char* key : {"population", "projection", "trial", "study"})
    if (const toml::node* node = document.get(key)) add_named(*node, names);
  return names;
}

Names names_in(const Scenario& scenario) {
  return names_in(parse_toml(scenario.text, scenario.file));
}

}  // namespace

bool names_files(const toml::table& document) { return !names_in(document).files.empty(); }

std::vector<std::string> named_files(const Scenario& scenario) {
  std::vector<std::string> paths;
  for (const std::string& name : names_in(scenario).files)
    paths.push_back((std::filesystem::path(scenario.folder) / name).string());
  return paths;
}

std::vector<std::string> named_arrays(const Scenario& scenario) {
  return names_in(scenario).memory;
}

}  // namespace retrograde
