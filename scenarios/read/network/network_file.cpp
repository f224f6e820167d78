#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <system_error>
#include <xxhash.h>

#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/read/network/network_file.hpp>

namespace retrograde {

std::shared_ptr<const NetworkFile> read_network_file(TomlTable& table,
                                                     const std::filesystem::path& folder,
                                                     std::shared_ptr<const NetworkFile> instead) {
  const TomlValue name = table.require("file", "file = \"model.nir\", named from this scenario");
  const std::string given = name.text();
  const auto hash = table.find("hash");
  std::shared_ptr<const NetworkFile> result = std::move(instead);
  if (!result) {
    const std::filesystem::path path = folder / given;
    std::error_code error;
    if (given.empty() || !std::filesystem::is_regular_file(path, error))
      name.fail(fmt::format(
          "there is no file {}; name one of NIR, netX or a chip, from the folder of this scenario",
          path.string()));
    auto file = std::make_shared<NetworkFile>();
    file->bytes = read_file(path, NetworkFile::size_limit);
    file->hash = fmt::format("{:016x}", XXH3_64bits(file->bytes.data(), file->bytes.size()));
    file->path = path.string();
    result = std::move(file);
  }
  if (hash && hash->text() != result->hash)
    hash->fail(
        fmt::format("{} has the hash {}, so it is not the file that was meant; restore that, "
                    "or remove the key",
                    result->path, result->hash));
  return result;
}

}  // namespace retrograde
