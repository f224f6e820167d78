// ctest hands the name of a test to its program, which would take one that begins with a dash for an option.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>

namespace fs = std::filesystem;

TEST_CASE("no name of a test begins with a dash", "[house]") {
  const std::string marker = "TEST_CASE(\"";
  int names = 0;
  for (const auto& entry :
       fs::recursive_directory_iterator(fs::path(RETROGRADE_SOURCE_DIR) / "tests")) {
    if (entry.path().extension() != ".cpp") continue;
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      if (line.rfind(marker, 0) != 0) continue;
      ++names;
      INFO(entry.path().string() << ": " << line);
      CHECK(line.compare(marker.size(), 1, "-") != 0);
    }
  }
  CHECK(names > 1000);
}
