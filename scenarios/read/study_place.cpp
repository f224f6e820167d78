#include <algorithm>
#include <fmt/format.h>
#include <string_view>
#include <utility>

#include <retrograde/scenarios/io/suggest.hpp>
#include <retrograde/scenarios/read/study_place.hpp>

namespace retrograde {

namespace {

// Tables that scenarios may have; others count where a scenario has them.
const std::vector<std::string> sections = {
    "scenario", "network",   "population", "projection", "data",       "loss",   "train",
    "chip",     "structure", "dictionary", "pursuit",    "classifier", "attack", "approximator"};

std::string text_at(const toml::table& table, const char* key) {
  return table[key].value_or(std::string());
}

}  // namespace

// As the reader of projections has it.
std::string place_name(const toml::table& table) {
  const std::string name = text_at(table, "name");
  if (!name.empty() || !table.contains("from")) return name;
  return text_at(table, "from") + "->" + text_at(table, "to");
}

namespace {

// Tables that a scenario has several of.
bool has_several(const toml::node* section) {
  return section != nullptr && section->is_array_of_tables();
}

std::vector<std::string> all_sections(const toml::table& document) {
  std::vector<std::string> all = sections;
  for (const auto& [key, value] : document)
    if ((value.is_table() || has_several(&value)) && key.str() != "study" &&
        std::find(all.begin(), all.end(), key.str()) == all.end())
      all.emplace_back(key.str());
  return all;
}

// Where the name in "NAME.KEY" ends: behind the longest name of a table there, which may have dots, as keys
// of tables within it have ("in.spikes.rate"); else before the last dot.
std::size_t end_of_name(const toml::array& all, std::string_view rest) {
  std::size_t end = 0;
  for (const toml::node& node : all) {
    if (!node.is_table()) continue;
    const std::string name = place_name(*node.as_table());
    if (name.size() > end && rest.size() > name.size() && rest.starts_with(name) &&
        rest[name.size()] == '.')
      end = name.size();
  }
  if (end == 0 && rest.starts_with("*.")) return 1;
  return end > 0 ? end : rest.rfind('.');
}

// The table within `table` that "spikes.rate" leads into, down to the last dot.
toml::table* within(toml::table& table, std::string_view keys, const std::string& of,
                    const TomlTable& axis, const std::string& path) {
  toml::table* inner = &table;
  for (std::size_t dot = keys.find('.'); dot != std::string_view::npos; dot = keys.find('.')) {
    const std::string part(keys.substr(0, dot));
    toml::table* const next = (*inner)[part].as_table();
    if (next == nullptr)
      axis.fail_at_key(path, fmt::format("{0} of {1} is no table here, so it has no key {2}; write "
                                         "{0} = {{ ... }} there, with the value to start from",
                                         part, of, keys.substr(dot + 1)));
    inner = next;
    keys.remove_prefix(dot + 1);
  }
  return inner;
}

// The table of that name among [[section]], or all of them.
std::vector<toml::table*> find_named(toml::array& all, const std::string& section,
                                     const std::string& wanted, const TomlTable& axis,
                                     const std::string& path) {
  std::vector<toml::table*> found;
  std::vector<std::string> names;
  for (toml::node& node : all) {
    toml::table* const each = node.as_table();
    if (each != nullptr && wanted == "*") found.push_back(each);
    if (each == nullptr || place_name(*each).empty()) continue;
    names.push_back(place_name(*each));
    if (names.back() != wanted) continue;
    if (!found.empty())
      axis.fail_at_key(
          path, fmt::format("there are two {}s {}; give each a name of its own", section, wanted));
    found.push_back(each);
  }
  if (found.empty())
    axis.fail_at_key(
        path,
        fmt::format("there is no {} {}{}{}", section, wanted, suggestion(wanted, names),
                    names.empty() ? fmt::format("; give the [[{}]] that is meant name = \"{}\"",
                                                section, wanted)
                                  : ""));
  return found;
}

// [train], [train.regulariser]: the table at `rest`, its parts between dots.
toml::table* find_nested(toml::table& document, std::string_view rest, const TomlTable& axis,
                         const std::string& path) {
  toml::table* table = &document;
  for (std::string so_far; !rest.empty();) {
    const std::size_t dot = rest.find('.');
    const std::string part(rest.substr(0, dot));
    so_far += (so_far.empty() ? "" : ".") + part;
    rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
    table = (*table)[part].as_table();
    if (table == nullptr)
      axis.fail_at_key(
          path,
          fmt::format("this scenario has no [{}]; add it, with the value to start from", so_far));
  }
  return table;
}

// Throws for keys that change no result, or not as an axis.
void refuse_idle(const TomlTable& axis, const std::string& path, const std::string& section) {
  if (path == "scenario.seed")
    axis.fail_at_key(path, "every combination gets every seed; list them under seeds in [study]");
  if (path == "scenario.name" || path == "scenario.title")
    axis.fail_at_key(path,
                     fmt::format("{} changes no result; vary something else, and call its values "
                                 "by labels = [...]",
                                 path));
  if (section == "probe")
    axis.fail_at_key(path, "a probe never changes a result; vary something else");
}

}  // namespace

std::vector<std::string> study_places(const TomlTable& axis) {
  std::vector<std::string> keys = axis.keys();
  std::erase_if(keys, [](const std::string& key) { return key == "name" || key == "labels"; });
  return keys;
}

StudyPlace study_place(toml::table& document, const TomlTable& axis, const std::string& path) {
  const auto fail = [&](const std::string& message) { axis.fail_at_key(path, message); };
  const std::size_t first = path.find('.'), last = path.rfind('.');
  const std::string section = path.substr(0, first);
  if (const std::vector<std::string> all = all_sections(document);
      std::find(all.begin(), all.end(), section) == all.end())
    fail(
        fmt::format("{} is no section{}; write \"train.KEY\", \"population.NAME.KEY\", "
                    "\"projection.FROM->TO.KEY\", in quotes",
                    section, suggestion(section, all)));
  if (path.find("..") != std::string::npos)
    fail("nothing stands between two of its dots; write one");
  if (first == std::string::npos || last + 1 == path.size())
    fail(fmt::format("a key of {0} is missing; write \"{0}.KEY\"", section));
  const std::string key = path.substr(last + 1);
  refuse_idle(axis, path, section);

  toml::node* const held = document.get(section);
  if (!has_several(held) && section != "population" && section != "projection")
    return {{find_nested(document, std::string_view(path).substr(0, last), axis, path)}, key};
  if (first == last)
    fail(fmt::format("which {0}? write \"{0}.NAME.{1}\"", section, path.substr(first + 1)));
  toml::array none;
  toml::array& all = held != nullptr && held->is_array() ? *held->as_array() : none;
  const std::string rest = path.substr(first + 1);
  const std::size_t end = end_of_name(all, rest);
  const std::string name = rest.substr(0, end), keys = rest.substr(end + 1);
  if (keys == "name") fail("by its name it is found; vary another key of it");
  std::vector<toml::table*> tables = find_named(all, section, name, axis, path);
  for (toml::table*& table : tables) {
    const std::string called = place_name(*table);
    table = within(*table, keys, section + (called.empty() ? "" : " " + called), axis, path);
  }
  return {std::move(tables), key};
}

}  // namespace retrograde
