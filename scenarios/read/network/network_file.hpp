// The file that [network] of a scenario names: read once, known by the hash of its content, and
// copied into run folders, so that a run goes on when the user has changed or removed the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <retrograde/scenarios/io/toml_table.hpp>

namespace retrograde {

struct NetworkFile {
  // Its name in run folders.
  static constexpr const char* kept_as = "imported.nir";
  static constexpr std::uint64_t size_limit = std::uint64_t{1} << 30;  // bytes

  std::vector<std::uint8_t> bytes;
  std::string hash;  // XXH3 of the bytes, 16 hexadecimal digits
  std::string path;  // as opened, for messages
};

// Reads the keys file and hash of [network]. `file` is named from `folder`; `instead`, unless null,
// is taken in its place. Throws ScenarioError where the hash is another, IoError, LimitError.
std::shared_ptr<const NetworkFile> read_network_file(TomlTable& table,
                                                     const std::filesystem::path& folder,
                                                     std::shared_ptr<const NetworkFile> instead);

}  // namespace retrograde
