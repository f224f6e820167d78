#include <filesystem>
#include <fmt/format.h>
#include <system_error>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/library.hpp>

namespace retrograde {

std::string library_scenario(const std::string& file) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  const fs::path places[] = {
      fs::path(RETROGRADE_LIBRARY_DIR) / file,
      program.parent_path().parent_path() / "share/retrograde/scenarios" / file};
  for (const fs::path& place : places)
    if (fs::exists(place, error)) return place.string();
  throw IoError(
      places[0].string(),
      fmt::format(
          "the shipped scenario is not there, nor at {}; name your own copy with `retro train`",
          places[1].string()));
}

}  // namespace retrograde
