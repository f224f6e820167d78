#include <algorithm>
#include <dlfcn.h>
#include <filesystem>
#include <fmt/format.h>
#include <system_error>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/read/library.hpp>

namespace retrograde {

namespace {

namespace fs = std::filesystem;

// The program or the shared library that this code is in.
fs::path own_file() {
  Dl_info info{};
  const bool known = dladdr(reinterpret_cast<const void*>(&own_file), &info) != 0;
  return known && info.dli_fname ? fs::path(info.dli_fname) : fs::path();
}

// Where shipped files are: folder in the source tree, if that is known, and its name under
// share/retrograde.
std::vector<fs::path> places(const char* in_tree, const char* installed) {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  const fs::path share = fs::path("share/retrograde") / installed;
  std::vector<fs::path> found;
  if (const fs::path tree = RETROGRADE_SHIPPED_DIR; !tree.empty()) found.push_back(tree / in_tree);
  found.push_back(program.parent_path().parent_path() / share);
  found.push_back(own_file().parent_path() / share);
  return found;
}

std::string shipped(const std::vector<fs::path>& places, const std::string& file,
                    const char* what) {
  std::error_code error;
  for (const fs::path& place : places)
    if (fs::exists(place / file, error)) return (place / file).string();
  throw IoError((places[0] / file).string(),
                fmt::format("the shipped {} is not there, nor at {}; name a copy of your own", what,
                            (places[1] / file).string()));
}

// Paths of the .toml files of the first place that has any, sorted.
std::vector<fs::path> listed(const std::vector<fs::path>& places) {
  for (const fs::path& place : places) {
    std::vector<fs::path> found;
    std::error_code error;
    for (fs::directory_iterator at(place, error), end; !error && at != end; at.increment(error))
      if (at->path().extension() == ".toml") found.push_back(at->path());
    std::sort(found.begin(), found.end());
    if (!found.empty()) return found;
  }
  return {};
}

}  // namespace

std::string library_scenario(const std::string& file) {
  return shipped(places("library", "scenarios"), file, "scenario");
}

std::vector<std::string> library_starts() {
  std::vector<std::string> paths;
  for (const fs::path& path : listed(places("library/start", "scenarios/start")))
    paths.push_back(path.string());
  return paths;
}

std::string library_chip(const std::string& name) {
  return shipped(places("chips", "chips"), name + ".toml", "chip profile");
}

std::vector<std::string> library_chips() {
  std::vector<std::string> names;
  for (const fs::path& path : listed(places("chips", "chips")))
    names.push_back(path.stem().string());
  return names;
}

std::vector<std::string> library_comparisons() {
  std::vector<std::string> paths;
  for (const fs::path& path : listed(places("chips/compared", "chips/compared")))
    paths.push_back(path.string());
  return paths;
}

}  // namespace retrograde
