// Guards the arrows between the folders (CONTRIBUTING.md, "Folders") by reading the include lines
// of the tree: an include that points the wrong way fails, and so does one by which the engine, the
// adjoint or the hardware would parse, print or open something.

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace fs = std::filesystem;

namespace {

struct Include {
  std::string folder;  // that holds the file
  std::string file;    // relative to the source directory
  int line;
  std::string target;  // what stands between the brackets or quotes
};

const std::set<std::string> folders = {"events",   "engine",    "adjoint",
                                       "hardware", "scenarios", "bench"};

const std::map<std::string, std::set<std::string>> may_use = {
    {"events", {"events"}},
    {"engine", {"events", "engine"}},
    {"adjoint", {"events", "engine", "adjoint"}},
    {"hardware", {"events", "engine", "hardware"}},
    {"scenarios", {"events", "engine", "adjoint", "hardware", "scenarios", "bench"}},
    {"bench", {"events", "engine", "adjoint", "hardware", "scenarios", "bench"}}};

// Folders that never parse, print or open anything, and the headers with which they would.
const std::set<std::string> silent = {"engine", "adjoint", "hardware"};
const std::vector<std::string> talking = {"toml++/", "toml.h", "nlohmann/", "iostream",
                                          "fstream", "cstdio", "stdio.h"};

/// What an include line includes, or nothing when the line is another one.
std::string included(const std::string& line) {
  std::istringstream words(line);
  std::string word;
  words >> word;
  if (word == "#") {
    words >> word;
    word = '#' + word;
  }
  if (word.rfind("#include", 0) != 0) return {};
  const std::size_t begin = line.find_first_of("<\"");
  if (begin == std::string::npos) return {};
  return line.substr(begin + 1, line.find_first_of(">\"", begin + 1) - begin - 1);
}

std::vector<Include> read_includes(const fs::path& file, const std::string& folder,
                                   const std::string& shown) {
  std::vector<Include> found;
  std::ifstream in(file);
  std::string text;
  for (int line = 1; std::getline(in, text); ++line) {
    std::string target = included(text);
    if (!target.empty()) found.push_back({folder, shown, line, std::move(target)});
  }
  return found;
}

std::vector<Include> read_tree() {
  const fs::path root = RETROGRADE_SOURCE_DIR;
  std::vector<Include> all;
  for (const std::string& folder : folders) {
    if (!fs::exists(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".hpp" && extension != ".cpp") continue;
      const std::string shown = fs::relative(entry.path(), root).string();
      for (Include& include : read_includes(entry.path(), folder, shown)) {
        all.push_back(std::move(include));
      }
    }
  }
  return all;
}

/// Why the include breaks the rules, or nothing.
std::string objection(const Include& include) {
  const std::string where = include.file + ':' + std::to_string(include.line) + ": ";
  const std::string own = "retrograde/";
  if (include.target.rfind(own, 0) == 0) {
    const std::string rest = include.target.substr(own.size());
    const std::size_t slash = rest.find('/');
    const std::string used = rest.substr(0, slash);
    if (slash == std::string::npos) {
      // <retrograde/version.hpp> changes with every commit; only the outermost folder may see it.
      if (include.folder != "scenarios" && include.folder != "bench")
        return where + include.folder + " includes " + rest;
    } else if (!may_use.at(include.folder).contains(used)) {
      return where + include.folder + " must not use " + used;
    }
    return {};
  }
  for (const std::string& folder : folders) {
    if (include.target.rfind(folder + '/', 0) == 0 || include.target.rfind("../", 0) == 0) {
      return where + "write <retrograde/folder/file.hpp>, not \"" + include.target + '"';
    }
  }
  if (silent.contains(include.folder)) {
    for (const std::string& header : talking) {
      if (include.target.rfind(header, 0) != 0) continue;
      return where + include.folder + " must not parse, print or open: <" + include.target + '>';
    }
  }
  return {};
}

}  // namespace

TEST_CASE("include arrows point the way the house allows", "[house]") {
  const std::vector<Include> includes = read_tree();
  REQUIRE(!includes.empty());
  for (const Include& include : includes) {
    const std::string why = objection(include);
    INFO(why);
    CHECK(why.empty());
  }
}

TEST_CASE("include lines are read in any spelling", "[house]") {
  CHECK(included("#include <vector>") == "vector");
  CHECK(included("  #  include \"a/b.hpp\"  // why") == "a/b.hpp");
  CHECK(included("#include<map>") == "map");
  CHECK(included("// #include <map>").empty());
  CHECK(included("#define include <map>").empty());
  CHECK(included("").empty());
}

TEST_CASE("the check of include arrows sees wrong ones", "[house]") {
  const auto objects = [](const std::string& folder, const std::string& target) {
    return !objection({folder, folder + "/x.hpp", 1, target}).empty();
  };
  CHECK(objects("events", "retrograde/engine/network/network.hpp"));
  CHECK(objects("engine", "retrograde/adjoint/loss/loss.hpp"));
  CHECK(objects("engine", "retrograde/hardware/chip.hpp"));
  CHECK(objects("adjoint", "retrograde/hardware/chip.hpp"));
  CHECK(objects("hardware", "retrograde/adjoint/loss/loss.hpp"));
  CHECK(objects("hardware", "retrograde/scenarios/read/scenario.hpp"));
  CHECK(objects("engine", "retrograde/version.hpp"));
  CHECK(objects("engine", "engine/network/network.hpp"));
  CHECK(objects("engine", "../events/time.hpp"));
  CHECK(objects("engine", "iostream"));
  CHECK(objects("adjoint", "fstream"));
  CHECK(objects("hardware", "nlohmann/json.hpp"));
  CHECK(objects("engine", "toml++/toml.h"));
  CHECK(objects("engine", "cstdio"));

  CHECK_FALSE(objects("events", "retrograde/events/time.hpp"));
  CHECK_FALSE(objects("engine", "retrograde/events/time.hpp"));
  CHECK_FALSE(objects("adjoint", "retrograde/engine/network/network.hpp"));
  CHECK_FALSE(objects("hardware", "retrograde/engine/network/network.hpp"));
  CHECK_FALSE(objects("scenarios", "retrograde/hardware/chip.hpp"));
  CHECK_FALSE(objects("scenarios", "retrograde/version.hpp"));
  CHECK_FALSE(objects("scenarios", "nlohmann/json.hpp"));
  CHECK_FALSE(objects("engine", "vector"));
}
