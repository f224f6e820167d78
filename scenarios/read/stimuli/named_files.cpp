#include <retrograde/scenarios/read/stimuli/named_files.hpp>

namespace retrograde {

namespace {

bool names_any(const toml::node& node) {
  if (const toml::array* list = node.as_array()) {
    for (const toml::node& each : *list)
      if ((each.is_table() || each.is_array()) && names_any(each)) return true;
    return false;
  }
  const toml::table* table = node.as_table();
  if (!table) return false;
  for (const auto& [key, value] : *table) {
    if ((key == "path" || key == "file") && value.is_string()) return true;
    if (names_any(value)) return true;
  }
  return false;
}

}  // namespace

bool names_files(const toml::table& document) {
  for (const char* key : {"population", "projection", "trial"})
    if (const toml::node* node = document.get(key); node && names_any(*node)) return true;
  return false;
}

}  // namespace retrograde
