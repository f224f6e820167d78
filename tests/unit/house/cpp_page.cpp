// The page of C++ (docs/cpp.md) shows nothing that is not compiled and run: every block of its code
// stands in docs/examples/front_door.cpp.
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

std::string words_of(std::istream& in) {
  std::string all;
  for (std::string word; in >> word;) all += word + ' ';
  return all;
}

std::vector<std::string> blocks_of(std::istream& page) {
  std::vector<std::string> blocks;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.rfind("```", 0) == 0) {
      inside = !inside && line == "```cpp";
      if (inside) blocks.emplace_back();
    } else if (inside) {
      blocks.back() += line + '\n';
    }
  }
  return blocks;
}

}  // namespace

TEST_CASE("what the page of C++ shows stands in an example that runs", "[house]") {
  const std::string docs = std::string(RETROGRADE_SOURCE_DIR) + "/docs/";
  std::ifstream page(docs + "cpp.md"), example(docs + "examples/front_door.cpp");
  REQUIRE(page);
  REQUIRE(example);
  const std::string compiled = words_of(example);
  const std::vector<std::string> blocks = blocks_of(page);
  REQUIRE(blocks.size() >= 8);
  for (const std::string& block : blocks) {
    INFO(block);
    std::istringstream text(block);
    CHECK(compiled.find(words_of(text)) != std::string::npos);
  }
}
