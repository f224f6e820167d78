#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <retrograde/scenarios/show/manual/schema.hpp>

namespace retrograde {

namespace {

using Json = nlohmann::ordered_json;

bool says(const std::string& text, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(), [&](const char* word) {
    const std::size_t at = text.find(word);
    return at != std::string::npos && (at == 0 || text[at - 1] == ' ');
  });
}

// Words in quotes and backticks: `"exact"`.
std::vector<std::string> quoted(const std::string& type) {
  std::vector<std::string> words;
  for (std::size_t at = type.find("`\""); at != std::string::npos; at = type.find("`\"", at + 1)) {
    const std::size_t end = type.find("\"`", at + 2);
    if (end == std::string::npos) break;
    words.push_back(type.substr(at + 2, end - at - 2));
  }
  return words;
}

// Without what stands in backticks.
std::string without_code(const std::string& type) {
  std::string text;
  bool code = false;
  for (const char c : type)
    if (c == '`')
      code = !code;
    else if (!code)
      text += c;
  return text;
}

Json one_of(const std::vector<std::string>& words) {
  std::vector<std::string> plain;
  Json all = Json::array();
  for (const std::string& word : words)
    if (word.ends_with(":N"))
      all.push_back({{"type", "string"},
                     {"pattern", fmt::format("^{}:[0-9]+$", word.substr(0, word.size() - 2))}});
    else
      plain.push_back(word);
  if (all.empty()) return {{"enum", plain}};
  all.push_back({{"enum", plain}});
  return {{"anyOf", all}};
}

Json any_of(const Json& kinds) {
  if (kinds.empty()) return Json::object();
  return kinds.size() == 1 ? kinds[0] : Json{{"anyOf", kinds}};
}

Json table_schema() {
  return {{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
}

// "table of `a`, `u`, `v`": a table with these keys; of other tables nothing is known here.
Json small_table(const std::string& type) {
  const std::size_t at = type.find("table of `");
  if (at == std::string::npos) return {{"type", "object"}};
  Json table = table_schema();
  for (const std::string& key : names_in(type.substr(at)))
    table["properties"][key] = Json::object();
  return table;
}

// From the column "type". What it does not know it lets pass.
Json type_schema(const std::string& type) {
  const std::string text = without_code(type);
  const std::vector<std::string> words = quoted(type);
  if (type.find("`true`") != std::string::npos) return {{"type", "boolean"}};
  if (text.starts_with("list") && !says(text, {"table"})) {
    Json list = {{"type", "array"}};
    if (!words.empty() && text.find("list of") == 0) list["items"] = one_of(words);
    return list;
  }
  const bool per_neuron = text.find("per neuron") != std::string::npos;
  Json kinds = Json::array();
  if (says(text, {"number"})) kinds.push_back({{"type", "number"}});
  if (says(text, {"count", "integer", "index"})) kinds.push_back({{"type", "integer"}});
  if (says(text, {"time"}))
    kinds.push_back({{"type", "string"}, {"pattern", "(ns|us|ms|s|min)\\s*$"}});
  if (says(text, {"string", "name"})) kinds.push_back({{"type", "string"}});
  if (!words.empty()) kinds.push_back(one_of(words));
  if (per_neuron || says(text, {"list", "matrix", "array"})) kinds.push_back({{"type", "array"}});
  if (per_neuron || says(text, {"distribution", "table", "file"}))
    kinds.push_back(small_table(type));
  return any_of(kinds);
}

std::string description(const ManualEntry& e) {
  std::string text = plain_text(e.meaning);
  const auto add = [&](const char* what, const std::string& value) {
    if (!value.empty())
      text += fmt::format("{}{}{}", text.empty() ? "" : ". ", what, plain_text(value));
  };
  if (e.usual == "required")
    add("Required", " ");
  else
    add("Default: ", e.usual);
  add("Applies to: ", e.applies);
  if (!e.about.empty()) text = fmt::format("{}: {}", e.about, text);
  return text;
}

// The kinds that a section has tables about, for a key that is "one of those below".
std::vector<std::string> kinds_of(const Manual& manual, const std::string& section) {
  std::vector<std::string> kinds;
  for (const ManualSection& s : manual.sections)
    if (s.name == section)
      for (const std::string& kind : s.kinds) kinds.push_back(kind);
  return kinds;
}

// One key, as it may be written in several places of the manual.
void add_key(Json& properties, const std::string& key, const Json& type, const std::string& told) {
  if (!properties.contains(key)) {
    properties[key] = type;
    properties[key]["description"] = told;
    return;
  }
  Json& there = properties[key];
  std::string text = there["description"];
  text += "\n" + told;
  there.erase("description");
  if (there != type) {
    Json kinds = Json::array();
    const auto add = [&](const Json& some) {
      if (std::find(kinds.begin(), kinds.end(), some) == kinds.end()) kinds.push_back(some);
    };
    for (const Json* each : {static_cast<const Json*>(&there), &type})
      if (each->size() == 1 && each->contains("anyOf"))
        for (const Json& some : (*each)["anyOf"]) add(some);
      else
        add(*each);
    const bool anything = there.empty() || type.empty();
    there = anything ? Json::object() : Json{{"anyOf", kinds}};
  }
  there["description"] = text;
}

// The property that a section is.
Json& table_at(Json& schema, const std::string& section) {
  Json* at = &schema;
  for (std::size_t begin = 0; begin <= section.size();) {
    const std::size_t end = std::min(section.find('.', begin), section.size());
    at = &(*at)["properties"][section.substr(begin, end - begin)];
    begin = end + 1;
  }
  return *at;
}

// A table, or a list of such: the table becomes a definition, so that both are the same.
Json table_or_list(Json& schema, const std::string& section) {
  schema["definitions"][section] = table_schema();
  const Json one = {{"$ref", "#/definitions/" + section}};
  return {{"anyOf", {one, {{"type", "array"}, {"items", one}}}}};
}

// The table of a section within the schema; made where it is missing.
Json& table_of(Json& schema, const std::string& section, bool several) {
  Json* table = &schema;
  for (std::size_t begin = 0; begin <= section.size();) {
    const std::size_t end = std::min(section.find('.', begin), section.size());
    const std::string part = section.substr(begin, end - begin), so_far = section.substr(0, end);
    begin = end + 1;
    if (schema["definitions"].contains(so_far)) {
      table = &schema["definitions"][so_far];
      continue;
    }
    const bool list = several && end == section.size();
    Json& property = (*table)["properties"][part];
    if (!property.contains("properties") && !property.contains("items")) {
      // A table of the manual says more than the column "type" of the key that holds it.
      const Json told = property.contains("description") ? property["description"] : Json("");
      const bool either = property.contains("anyOf");
      property = list     ? Json{{"type", "array"}, {"items", table_schema()}}
                 : either ? Json::object()
                          : table_schema();
      property["description"] = told;
      if (either) {
        // The schema grows by it, so the property is looked up again.
        const Json both = table_or_list(schema, so_far);
        table_at(schema, so_far)["anyOf"] = both["anyOf"];
        table = &schema["definitions"][so_far];
        continue;
      }
    }
    table = list ? &property["items"] : &property;
  }
  return *table;
}

void add_entry(const Manual& manual, const ManualEntry& entry, Json& schema) {
  Json& table = table_of(schema, entry.section, entry.several);
  if (entry.keys.empty()) {
    // Any key of the scenario.
    table["patternProperties"] = {{"\\.", {{"type", "array"}}}};
    return;
  }
  Json type = type_schema(entry.type);
  if (entry.type.starts_with("one of the")) type = one_of(kinds_of(manual, entry.section));
  for (const std::string& key : entry.keys) {
    add_key(table["properties"], key, type, description(entry));
  }
}

}  // namespace

Json scenario_schema(const Manual& manual) {
  Json schema = table_schema();
  schema["definitions"] = Json::object();
  schema["properties"]["include"] = {
      {"type", "array"},
      {"items", {{"type", "string"}}},
      {"description", "Files whose tables are put in the place of this line"}};
  for (const ManualEntry& entry : manual.entries)
    if (!entry.section.empty()) add_entry(manual, entry, schema);
  Json document = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                   {"title", "A scenario of Retrograde"}};
  document.update(schema);
  return document;
}

}  // namespace retrograde
