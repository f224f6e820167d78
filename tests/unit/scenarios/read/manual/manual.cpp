// docs/scenario.md as data, and the schema that is made of it, held to the reader: what one knows the
// others do.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/toml/known_keys.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/library.hpp>
#include <retrograde/scenarios/read/manual/manual.hpp>
#include <retrograde/scenarios/read/manual/settable.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/show/manual/schema.hpp>
#include <retrograde/scenarios/show/manual/text.hpp>

#include "tests/support/scratch.hpp"

using namespace retrograde;
using Json = nlohmann::ordered_json;

namespace {

const char* const small = R"(
Words before anything.

## [chip]

What it is for. More of it.

| key | type | default | meaning |
| --- | --- | --- | --- |
| `step` | time above 0 | `"1 ms"` | of [time](time.md), see `"auto"` |
| `low`, `high` | number, or `"auto"` | 0, 1 | ends |
| `low_min` .. `high_min` | number | none | bounds |

**`first`** (one): the first.

| key | type | default |
| --- | --- | --- |
| `gain` | number | 1 |

They end. `[chip.more]` says more.

| key | type | default | applies to | meaning |
| --- | --- | --- | --- | --- |
| `gain` | count | required | all | again |

```toml
| `not` | a | table |
```

| kind | what |
| --- | --- |
| `nor` | this |
)";

const ManualEntry& entry(const Manual& manual, const std::string& query) {
  const auto found = entries_about(manual, query);
  REQUIRE(found.size() == 1);
  return *found[0];
}

// JSON of a TOML value.
Json json_of(const toml::node& node) {
  if (const auto* table = node.as_table()) {
    Json json = Json::object();
    for (const auto& [key, value] : *table) json[std::string(key.str())] = json_of(value);
    return json;
  }
  if (const auto* list = node.as_array()) {
    Json json = Json::array();
    for (const toml::node& each : *list) json.push_back(json_of(each));
    return json;
  }
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* whole = node.as_integer()) return whole->get();
  if (const auto* number = node.as_floating_point()) return number->get();
  if (const auto* truth = node.as_boolean()) return truth->get();
  return nullptr;
}

bool is_of_type(const Json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();
  return value.is_number();
}

// Why a value does not fit a schema; empty: it does. What the schema of scenarios uses, of draft 7.
std::string misfit(const Json& root, const Json& schema, const Json& value,
                   const std::string& path) {
  if (schema.contains("$ref")) {
    const std::string name = schema["$ref"].get<std::string>().substr(14);
    return misfit(root, root["definitions"][name], value, path);
  }
  if (schema.contains("type") && !is_of_type(value, schema["type"]))
    return path + ": " + value.dump() + " is no " + schema["type"].get<std::string>();
  if (schema.contains("enum") &&
      std::find(schema["enum"].begin(), schema["enum"].end(), value) == schema["enum"].end())
    return path + ": " + value.dump() + " is none of " + schema["enum"].dump();
  if (schema.contains("pattern") && value.is_string() &&
      !std::regex_search(value.get<std::string>(),
                         std::regex(schema["pattern"].get<std::string>())))
    return path + ": " + value.dump() + " does not match";
  if (schema.contains("anyOf")) {
    std::string all;
    for (const Json& one : schema["anyOf"]) {
      const std::string why = misfit(root, one, value, path);
      if (why.empty()) return {};
      all += why + "; ";
    }
    return all;
  }
  if (value.is_array() && schema.contains("items"))
    for (std::size_t k = 0; k < value.size(); ++k)
      if (std::string why =
              misfit(root, schema["items"], value[k], path + "[" + std::to_string(k) + "]");
          !why.empty())
        return why;
  if (value.is_object() && schema.contains("properties"))
    for (const auto& [key, inner] : value.items()) {
      if (schema["properties"].contains(key)) {
        if (std::string why = misfit(root, schema["properties"][key], inner, path + "." + key);
            !why.empty())
          return why;
      } else if (!schema.contains("patternProperties") || key.find('.') == std::string::npos) {
        return path + ": unknown key " + key;
      }
    }
  return {};
}

std::vector<std::filesystem::path> shipped() {
  std::vector<std::filesystem::path> all;
  for (const auto& file :
       std::filesystem::recursive_directory_iterator(RETROGRADE_SOURCE_DIR "/scenarios/library"))
    if (file.path().extension() == ".toml") all.push_back(file.path());
  std::sort(all.begin(), all.end());
  return all;
}

// Sections and their keys, as the schema has them.
std::map<std::string, std::set<std::string>> keys_of(const Json& schema) {
  std::map<std::string, std::set<std::string>> keys;
  const std::function<void(const Json&, const std::string&)> collect =
      [&](const Json& at, const std::string& path) {
        if (at.contains("$ref"))
          return collect(schema["definitions"][at["$ref"].get<std::string>().substr(14)], path);
        if (at.contains("anyOf"))
          for (const Json& one : at["anyOf"]) collect(one, path);
        if (at.contains("items")) collect(at["items"], path);
        if (!at.contains("properties")) return;
        for (const auto& [key, inner] : at["properties"].items()) {
          keys[path].insert(key);
          collect(inner, path.empty() ? key : path + "." + key);
        }
      };
  collect(schema, "");
  return keys;
}

// What the readers of all shipped scenarios, and of all examples of the manual, know.
std::map<std::string, std::set<std::string>> known_to_readers() {
  const KnownKeys known;
  for (const auto& path : shipped()) {
    if (path.parent_path().filename() == "large") continue;  // takes gigabytes
    try {
      read_scenario(path.string());
    } catch (const Error&) {
      // Sets of data that are not there, say; what was read has been told.
    }
  }
  // Tables that no shipped scenario has.
  for (const char* text :
       {"[scenario]\nduration = \"1 ms\"\n[[population]]\nname = \"n\"\nsize = 1\n"
        "[loss]\nkind = \"spike_time_power\"\nsilence = { strength = 1 }\n"
        "[train]\nregulariser = { strength = 1, target = 1 }\n"
        "grazing = { policy = \"keep\" }\nschedule = { kind = \"cosine\" }\n"
        "[chip]\noverflow = { a = \"keep\" }\nfine_tune = { epochs = 1 }\n[study]\n",
        "[scenario]\nduration = \"9 ms\"\n[[population]]\nname = \"n\"\nsize = 1\n"
        "[[population]]\nname = \"in\"\nsize = 1\n"
        "[[trial]]\nduration = \"5 ms\"\nspikes = { in = [[\"1 ms\"]] }\n"
        "[[event]]\ndo = \"silence\"\npopulation = \"n\"\n",
        "[scenario]\nduration = \"1 ms\"\n[network]\nfile = \"none.nir\"\n"}) {
    try {
      parse_scenario(text, "text");
    } catch (const Error&) {
    }
  }
  return known.all();
}

}  // namespace

TEST_CASE("a manual is read row by row") {
  const Manual manual = parse_manual(small);
  const ManualEntry& step = entry(manual, "chip.step");
  CHECK(step.type == "time above 0");
  CHECK(step.usual == "`\"1 ms\"`");
  CHECK(plain_text(step.meaning) == "of time, see \"auto\"");
  CHECK_FALSE(step.several);
  CHECK(entry(manual, "high").keys == std::vector<std::string>{"low", "high"});
  CHECK(entry(manual, "chip.high_min").keys == std::vector<std::string>{"low_min", "high_min"});
  const auto gains = entries_about(manual, "gain");
  REQUIRE(gains.size() == 2);
  CHECK(gains[0]->about == "first");
  CHECK(gains[1]->section == "chip.more");
  CHECK(gains[1]->usual == "required");
  CHECK(entries_about(manual, "first").size() == 1);
  CHECK(entries_about(manual, "not").empty());
  CHECK(entries_about(manual, "nor").empty());
  CHECK(entries_about(manual, "").empty());
  REQUIRE(manual.sections.size() == 2);
  CHECK(manual.sections[0].text == "What it is for. More of it.");
}

TEST_CASE("retro explain finds keys as people and --set name them") {
  const Manual& manual = scenario_manual();
  CHECK(entry(manual, "projection.delay").usual == "`\"0 ms\"`");
  CHECK(&entry(manual, "projection.in->hidden.delay") == &entry(manual, "projection.delay"));
  CHECK(&entry(manual, "population.hidden.size") == &entry(manual, "population.size"));
  CHECK(entry(manual, "train.surrogate.slope").usual == "5");
  CHECK(entry(manual, "population.tau_adapt_max").section == "population");
  CHECK(entries_about(manual, "step").size() >= 3);
  CHECK(entries_about(manual, "[[population]]").size() > 20);
  CHECK(entries_about(manual, "no_such_key").empty());
  CHECK_THAT(entry_text(entry(manual, "projection.density")),
             Catch::Contains("density of [[projection]]") && Catch::Contains("number, 0 to 1") &&
                 Catch::Contains("Probability that a pair has a synapse"));
  CHECK_THAT(section_text(manual, "train"), Catch::Contains("  epochs "));
  CHECK_THAT(overview_text(manual), Catch::Contains("[[projection]]"));
}

TEST_CASE("the schema knows every key that readers know, and no other") {
  const auto schema = keys_of(scenario_schema(scenario_manual()));
  const auto readers = known_to_readers();
  // Where the schema has no table it is about values, such as distributions.
  for (const auto& [path, keys] : readers) {
    if (!schema.contains(path)) continue;
    for (const std::string& key : keys) {
      if (path == "projection" && key == "self") continue;  // the old name of allow_autapses
      CAPTURE(path, key);
      CHECK(schema.at(path).contains(key));
    }
  }
  for (const auto& [path, keys] : schema) {
    CAPTURE(path);
    if (path == "study.axis") continue;  // any key, too
    REQUIRE(readers.contains(path));
    for (const std::string& key : keys) {
      if (path.empty() && key == "include") continue;  // is no more when readers come
      CAPTURE(key);
      CHECK(readers.at(path).contains(key));
    }
  }
  for (const char* path : {"scenario", "population", "projection", "data", "loss", "train",
                           "train.surrogate", "train.schedule", "chip", "structure", "study",
                           "probe", "network", "dictionary", "pursuit"})
    CHECK(schema.contains(path));
}

TEST_CASE("every shipped scenario fits the schema") {
  const Json schema = scenario_schema(scenario_manual());
  REQUIRE(shipped().size() > 25);
  for (const auto& path : shipped()) {
    CAPTURE(path.string());
    CHECK(misfit(schema, schema, json_of(parse_toml(read_text_file(path), path.string())), "") ==
          "");
  }
}

TEST_CASE("the schema marks what the reader refuses") {
  const Json schema = scenario_schema(scenario_manual());
  const auto why = [&](const std::string& text) {
    return misfit(schema, schema, json_of(parse_toml(text, "text")), "");
  };
  CHECK_THAT(why("[trian]\n"), Catch::Contains("unknown key trian"));
  CHECK_THAT(why("[train]\nepoch = 3\n"), Catch::Contains("unknown key epoch"));
  CHECK_THAT(why("[[population]]\nname = \"n\"\nsize = \"many\"\n"),
             Catch::Contains("is no integer"));
  CHECK_THAT(why("[chip]\nstep = \"1 hour\"\n"), Catch::Contains("does not match"));
  CHECK_THAT(why("[train]\nmethod = \"exakt\"\n"), Catch::Contains("is none of"));
  CHECK_THAT(why("[loss]\nkind = \"first_spike\"\n"), Catch::Contains("is none of"));
  CHECK_THAT(why("[train]\nschedule = { kind = \"cosine\", ends = 1 }\n"),
             Catch::Contains("unknown key ends"));
  CHECK(why("[train]\nschedule = [{ kind = \"cosine\", end = 1 }]\ndevice = \"gpu:1\"\n") == "");
  CHECK(why("include = [\"a.toml\"]\n") == "");
}

TEST_CASE("keys that --set takes are listed, with the names of a scenario") {
  const auto has = [](const std::vector<std::string>& keys, const char* key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  };
  const std::vector<std::string> any = settable_keys();
  CHECK(has(any, "train.epochs"));
  CHECK(has(any, "population.NAME.tau_mem"));
  CHECK_FALSE(has(any, "probe.NAME.interval"));
  const std::vector<std::string> of = settable_keys(library_scenario("interval.toml"));
  CHECK(has(of, "projection.late.delay"));
  CHECK(has(of, "population.out.tau_mem"));
  CHECK_FALSE(has(of, "pursuit.l1"));
  CHECK(has(settable_keys(library_scenario("pursuit_hello.toml")), "pursuit.l2"));
}
