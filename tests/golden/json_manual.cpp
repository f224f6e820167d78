// docs/json.md holds to what the program writes: the commands above its examples of run, gradient,
// gradcheck and analyse give the documents below them, field by field.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>

#include "tests/support/command.hpp"

using namespace retrograde::test;
using nlohmann::json;

namespace {

struct Example {
  std::string command;  // without "./retro "
  json document;        // "..." where something was cut
};

Example example_of(const std::string& schema) {
  const std::string manual = get(std::string(RETROGRADE_SOURCE_DIR) + "/docs/json.md");
  const std::string prompt = "\n    ./retro ", open = "```json\n";
  const std::size_t section = manual.find("\n## " + schema);
  REQUIRE(section != std::string::npos);
  const std::size_t command = manual.find(prompt, section) + prompt.size();
  const std::size_t begin = manual.find(open, command) + open.size();
  const std::string text = manual.substr(begin, manual.find("```", begin) - begin);
  // A bare ... becomes a string.
  return {
      manual.substr(command, manual.find('\n', command) - command),
      json::parse(std::regex_replace(text, std::regex(R"(([\[ ])\.\.\.(?=[,\]]))"), R"($1"...")"))};
}

bool is_cut(const json& value) { return value == "..."; }

// Whether a document says what the example says of it.
void compare(const json& example, const json& document, const std::string& path) {
  CAPTURE(path);
  if (is_cut(example)) return;
  if (example.is_number()) {
    REQUIRE(document.is_number());
    CHECK(document.get<double>() == Approx(example.get<double>()).epsilon(1e-6).margin(1e-6));
  } else if (example.is_object()) {
    REQUIRE(document.is_object());
    for (const auto& [key, value] : example.items()) {
      CAPTURE(key);
      REQUIRE(document.contains(key));
      compare(value, document[key], path + "." + key);
    }
    for (const auto& [key, value] : document.items()) {
      CAPTURE(key);
      CHECK(example.contains(key));  // or the manual lacks it
    }
  } else if (example.is_array()) {
    REQUIRE(document.is_array());
    // What is left of a cut list is one run of its elements.
    json kept = json::array();
    for (const json& value : example)
      if (!is_cut(value)) kept.push_back(value);
    if (kept.size() == example.size()) REQUIRE(document.size() == kept.size());
    REQUIRE(document.size() >= kept.size());
    std::size_t first = 0;
    if (!kept.empty() && is_cut(example.front()))
      while (first + kept.size() < document.size() &&
             document[first].get<double>() != Approx(kept[0].get<double>()).epsilon(1e-9))
        ++first;
    for (std::size_t k = 0; k < kept.size(); ++k)
      compare(kept[k], document[first + k], path + "[" + std::to_string(first + k) + "]");
  } else {
    CHECK(document == example);
  }
}

void check_example(const std::string& schema) {
  const ScratchFolder folder;
  std::filesystem::create_directory_symlink(std::string(RETROGRADE_SOURCE_DIR) + "/scenarios",
                                            folder / "scenarios");
  const Example example = example_of(schema);
  CAPTURE(example.command);
  REQUIRE(retro(example.command, folder.path()).status == 0);
  const std::string file = example.command.substr(example.command.rfind(' ') + 1);
  compare(example.document, json::parse(get(folder / file)), schema);
}

}  // namespace

TEST_CASE("the example of a run in the manual of JSON documents is what retro run writes") {
  check_example("retrograde.run/1");
}
TEST_CASE(
    "the example of a gradient in the manual of JSON documents is what retro gradient writes") {
  check_example("retrograde.gradient/1");
}
TEST_CASE("the example of a check in the manual of JSON documents is what retro gradcheck writes") {
  check_example("retrograde.gradcheck/1");
}
TEST_CASE(
    "the example of an analysis in the manual of JSON documents is what retro analyse writes") {
  check_example("retrograde.analysis/1");
}
