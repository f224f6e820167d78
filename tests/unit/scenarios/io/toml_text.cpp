// TOML as text: numbers as they are written, values put in without touching the rest.
#include <catch2/catch.hpp>
#include <string>

#include <retrograde/scenarios/io/toml_edit.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

toml::table parsed(const std::string& text) { return parse_toml(text, "x.toml"); }

}  // namespace

TEST_CASE("a number is printed with the digits that it needs, and reads the same") {
  const std::string text =
      "a = 0.3\nb = [0.1, 2.0, [1e-7, nan, -inf]]\nc = { x = 1e20, y = \"<float>0.3<float>\" }\n"
      "k = 3\n[d]\ne = 0.30000000000000004\n[[g]]\nh = -0.0\n[[g]]\nh = \"0.5\"\n";
  const std::string printed = toml_text(parsed(text));
  CHECK_THAT(printed, Contains("a = 0.3\n") && Contains("e = 0.30000000000000004\n") &&
                          Contains("h = -0.0\n") && Contains("k = 3\n") && Contains("2.0") &&
                          Contains("nan") && Contains("<float>0.3<float>"));
  CHECK_THAT(printed, !Contains("0.29999"));
  CHECK(toml_text(parsed(printed)) == printed);
  CHECK(parsed(printed)["b"][2][0].value<double>() == 1e-7);
  CHECK(parsed(printed)["b"][1].is_floating_point());
  CHECK(parsed(printed)["g"][1]["h"].is_string());
  CHECK(parsed(printed)["c"]["y"].value<std::string>() == "<float>0.3<float>");
}

TEST_CASE("a number is known by the text that it was written with") {
  const std::string text = "a = 0.30 # b\nb = [1e-3,+5, 1_000, 0x1F]\nüx = 1\n";
  CHECK_THROWS(parsed(text));  // a bare key has no letters like this one
  const std::string good = "\"ü\" = [ 0.30, 1e-3,+5, 1_000, 0x1F, inf ]# 3\n";
  const toml::table table = parsed(good);
  std::vector<std::string> words;
  for (const toml::node& node : *table["ü"].as_array()) words.push_back(written_number(good, node));
  CHECK(words == std::vector<std::string>{"0.30", "1e-3", "+5", "1_000", "0x1F", "inf"});
  // A number without a place in the text.
  CHECK(written_number("", toml::value<double>(0.3)) == "0.3");
  CHECK(written_number("", toml::value<std::int64_t>(7)) == "7");
}

TEST_CASE("entries are put in their place, and the rest of the text stays") {
  const auto edited = [](const std::string& text, const std::vector<TomlEntry>& entries) {
    return with_entries(text, "x.toml", entries);
  };
  const std::string text = "# head\n[a]\nx = 1 # one\ny = \"p\"\n\n[b] # tail\nz = [1, 2]\n";
  CHECK(edited(text, {{"a", "x", "1"}, {"a", "y", "\"p\""}}) == text);
  CHECK(edited(text, {{"a", "x", "22"}}) ==
        "# head\n[a]\nx = 22 # one\ny = \"p\"\n\n[b] # tail\nz = [1, 2]\n");
  CHECK(edited(text, {{"b", "z", "[7]"}, {"b", "w", "2.5"}}) ==
        "# head\n[a]\nx = 1 # one\ny = \"p\"\n\n[b] # tail\nw = 2.5\nz = [7]\n");
  CHECK(edited(text, {{"c", "new", "true"}}) == text + "\n[c]\nnew = true\n");
  CHECK(edited("a = { x = 1 }\n", {{"a", "y", "2"}}) == "a = { y = 2, x = 1 }\n");
  // Any other form says the same in the end.
  for (const char* odd : {"a = {}\n", "a.x = 1\n", "[a]", "[a.b]\nq = 1\n"}) {
    CAPTURE(odd);
    const toml::table now = parsed(edited(odd, {{"a", "y", "2"}}));
    CHECK(now["a"]["y"].value<int>() == 2);
  }
}

TEST_CASE("a string becomes a value of TOML whatever it holds") {
  for (const std::string text :
       {"plain", "", "with \"quotes\"", "it's", "back\\slash", "line\nbreak"}) {
    CAPTURE(text);
    CHECK(parsed("v = " + toml_string(text) + "\n")["v"].value<std::string>() == text);
  }
}

TEST_CASE("an integer too large for a double is the nearest one") {
  const std::string text = "a = [9007199254740992, 9007199254740993, -9007199254740995]\n";
  const toml::table table = parsed(text);
  std::vector<double> read;
  for (const toml::node& node : *table["a"].as_array()) {
    read.push_back(TomlValue("x.toml", node, "a").number());
    CHECK(written_number(text, node).size() >= 16);
  }
  CHECK(read == std::vector<double>{9007199254740992.0, 9007199254740992.0, -9007199254740996.0});
}
