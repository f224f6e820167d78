#include <filesystem>
#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/output.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>

namespace retrograde::cli {

namespace fs = std::filesystem;

std::optional<std::string> Outputs::claim(const char* option) {
  if (!given_.count(option)) return std::nullopt;
  return claim(given_[option].as<std::string>(), option);
}

std::string Outputs::claim(const std::string& path, const char* option) {
  if (path.empty()) throw UsageError(fmt::format("--{}: the name of a file is missing", option));
  const bool standard_output = path == "-";
  const std::string place = standard_output ? path : fs::absolute(path).lexically_normal().string();
  if (!claimed_.insert(place).second)
    throw UsageError(
        fmt::format("--{} {}: another option writes there; name another file", option, path));
  if (standard_output) {
    reserve_standard_output();
    return path;
  }
  std::error_code error;
  if (fs::is_regular_file(path, error) && !given_.count("overwrite"))
    throw UsageError(
        fmt::format("{} is there already; name another file with --{}, or replace it with "
                    "--overwrite",
                    path, option));
  probe_writable(path);
  return path;
}

}  // namespace retrograde::cli
