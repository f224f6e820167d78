#include <algorithm>
#include <fmt/format.h>
#include <string_view>

#include <retrograde/scenarios/io/suggest.hpp>
#include <retrograde/scenarios/read/study_place.hpp>

namespace retrograde {

namespace {

const std::vector<std::string> sections = {
    "scenario",  "population", "projection", "data",       "loss",   "train",       "chip",
    "structure", "dictionary", "pursuit",    "classifier", "attack", "approximator"};

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

std::vector<std::string> study_places(const TomlTable& axis) {
  std::vector<std::string> keys = axis.keys();
  std::erase_if(keys, [](const std::string& key) { return key == "name" || key == "labels"; });
  return keys;
}

StudyPlace study_place(toml::table& document, const TomlTable& axis, const std::string& path) {
  const auto fail = [&](const std::string& message) { axis.fail_at_key(path, message); };
  const std::size_t first = path.find('.'), last = path.rfind('.');
  const std::string section = path.substr(0, first);
  if (std::find(sections.begin(), sections.end(), section) == sections.end())
    fail(
        fmt::format("{} is no section{}; write \"train.KEY\", \"population.NAME.KEY\", "
                    "\"projection.FROM->TO.KEY\", in quotes",
                    section, suggestion(section, sections)));
  if (path.find("..") != std::string::npos)
    fail("nothing stands between two of its dots; write one");
  if (first == std::string::npos || last + 1 == path.size())
    fail(fmt::format("a key of {0} is missing; write \"{0}.KEY\"", section));
  const std::string key = path.substr(last + 1);
  if (section == "scenario" && key == "seed")
    fail("every combination gets every seed; list them under seeds in [study]");
  if (section == "scenario" && (key == "name" || key == "title"))
    fail(
        fmt::format("{} changes no result; vary something else, and call its values by labels = "
                    "[...]",
                    path));

  toml::table* table = nullptr;
  if (section == "population" || section == "projection") {
    if (first == last)
      fail(fmt::format("which {0}? write \"{0}.NAME.{1}\"", section, path.substr(first + 1)));
    const std::string wanted = path.substr(first + 1, last - first - 1);
    std::vector<std::string> names;
    if (toml::array* all = document[section].as_array())
      for (toml::node& node : *all)
        if (toml::table* each = node.as_table()) {
          names.push_back(place_name(*each));
          if (names.back() == wanted && table == nullptr) table = each;
        }
    if (table == nullptr)
      fail(fmt::format("there is no {} {}{}", section, wanted, suggestion(wanted, names)));
    return {table, key};
  }
  std::string_view rest = std::string_view(path).substr(0, last);
  table = &document;
  for (std::string so_far; !rest.empty();) {
    const std::size_t dot = rest.find('.');
    const std::string part(rest.substr(0, dot));
    so_far += (so_far.empty() ? "" : ".") + part;
    rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
    table = (*table)[part].as_table();
    if (table == nullptr)
      fail(fmt::format("this scenario has no [{}]; add it, with the value to start from", so_far));
  }
  return {table, key};
}

}  // namespace retrograde
