#include <algorithm>
#include <fmt/format.h>

#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/manual/manual.hpp>
#include <retrograde/scenarios/read/manual/settable.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/read/study_place.hpp>
#include <retrograde/scenarios/read/text/document.hpp>

namespace retrograde {

namespace {

void put_in_order(std::vector<std::string>& keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
}

// Names of the tables of a list, as --set has them.
std::vector<std::string> names_of(const toml::table& document, const std::string& section) {
  std::vector<std::string> names;
  if (const toml::array* list = document[section].as_array())
    for (const toml::node& node : *list)
      if (const toml::table* table = node.as_table())
        if (std::string name = place_name(*table); !name.empty()) names.push_back(std::move(name));
  return names;
}

}  // namespace

std::vector<std::string> settable_keys() {
  std::vector<std::string> keys;
  for (const ManualEntry& entry : scenario_manual().entries) {
    if (entry.section.empty() || entry.section == "probe" || entry.section == "study.axis")
      continue;
    for (const std::string& key : entry.keys)
      keys.push_back(fmt::format("{}.{}{}", entry.section, entry.several ? "NAME." : "", key));
  }
  put_in_order(keys);
  return keys;
}

std::vector<std::string> settable_keys(const std::string& path) {
  const toml::table document =
      scenario_document(read_text_file(path, max_scenario_size), path, {}).table;
  const bool sparse = document.contains("dictionary");
  std::vector<std::string> keys;
  for (const ManualEntry& entry : scenario_manual().entries) {
    if (entry.section.empty() || entry.section == "probe" || entry.section == "study.axis" ||
        (entry.sparse != sparse && entry.section != "study"))
      continue;
    const std::vector<std::string> names =
        entry.several ? names_of(document, entry.section) : std::vector<std::string>{""};
    for (const std::string& name : names)
      for (const std::string& key : entry.keys)
        keys.push_back(fmt::format("{}.{}{}{}", entry.section, name, name.empty() ? "" : ".", key));
  }
  put_in_order(keys);
  return keys;
}

}  // namespace retrograde
