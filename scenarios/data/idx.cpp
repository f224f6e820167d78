#include <array>
#include <fmt/format.h>
#include <system_error>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/idx.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>

namespace retrograde {

namespace fs = std::filesystem;

namespace {

constexpr std::uint8_t unsigned_byte = 0x08;

std::uint32_t big_endian(std::span<const std::uint8_t> bytes, std::size_t offset) {
  return std::uint32_t{bytes[offset]} << 24 | std::uint32_t{bytes[offset + 1]} << 16 |
         std::uint32_t{bytes[offset + 2]} << 8 | std::uint32_t{bytes[offset + 3]};
}

// Checks everything up to and including the length of the body; sizes has as many entries as there
// have to be dimensions.
void check_header(std::span<const std::uint8_t> bytes, const std::string& file,
                  std::span<std::uint32_t> sizes) {
  const std::size_t header = 4 + 4 * sizes.size();
  if (bytes.size() < 4) {
    throw FormatError(file, bytes.size(),
                      "the file ends inside the IDX magic number: get the file again");
  }
  if (bytes[0] != 0 || bytes[1] != 0) {
    throw FormatError(file, bytes[0] != 0 ? 0 : 1,
                      fmt::format("not an IDX file: it starts with {:02x} {:02x} instead of 00 00",
                                  bytes[0], bytes[1]));
  }
  if (bytes[2] != unsigned_byte) {
    throw FormatError(
        file, 2,
        fmt::format("IDX element type {:02x}, but only unsigned bytes (08) can be read", bytes[2]));
  }
  if (bytes[3] != sizes.size()) {
    throw FormatError(
        file, 3,
        fmt::format("{} IDX dimensions instead of {}: {} are expected here; check that "
                    "image and label files are not swapped",
                    bytes[3], sizes.size(), sizes.size() == 3 ? "images" : "labels"));
  }
  if (bytes.size() < header) {
    throw FormatError(file, bytes.size(),
                      "the file ends inside the IDX header: get the file again");
  }
  // The product of the sizes, as far as it can still be compared with a file's length.
  std::uint64_t wanted = 1;
  for (std::size_t d = 0; d < sizes.size(); ++d) {
    sizes[d] = big_endian(bytes, 4 + 4 * d);
    if (sizes[d] == 0) {
      throw FormatError(file, 4 + 4 * d, fmt::format("IDX dimension {} is empty", d + 1));
    }
    if (wanted > (std::uint64_t{1} << 48) / sizes[d]) {
      throw FormatError(file, 4 + 4 * d, "the IDX dimensions announce more than any file holds");
    }
    wanted *= sizes[d];
  }
  const std::uint64_t found = bytes.size() - header;
  if (found < wanted) {
    throw FormatError(
        file, bytes.size(),
        fmt::format("the file ends early: the header announces {} bytes of data, {} are "
                    "there; get the file again",
                    wanted, found));
  }
  if (found > wanted) {
    throw FormatError(
        file, header + wanted,
        fmt::format("{} bytes follow the end of the data: header and data do not belong "
                    "together",
                    found - wanted));
  }
}

}  // namespace

IdxImages parse_idx_images(std::vector<std::uint8_t> bytes, const std::string& file) {
  std::array<std::uint32_t, 3> sizes{};
  check_header(bytes, file, sizes);
  bytes.erase(bytes.begin(), bytes.begin() + 16);
  return {sizes[0], sizes[1], sizes[2], std::move(bytes)};
}

std::vector<std::uint8_t> parse_idx_labels(std::span<const std::uint8_t> bytes,
                                           const std::string& file, std::uint32_t classes) {
  std::array<std::uint32_t, 1> sizes{};
  check_header(bytes, file, sizes);
  for (std::size_t offset = 8; offset < bytes.size(); ++offset) {
    if (bytes[offset] >= classes) {
      throw FormatError(file, offset,
                        fmt::format("label {} of sample {}, but labels are 0 to {}", bytes[offset],
                                    offset - 8, classes - 1));
    }
  }
  return {bytes.begin() + 8, bytes.end()};
}

fs::path find_idx(const fs::path& folder, const std::string& name, const std::string& where_from) {
  std::vector<std::string> spellings = {name};
  if (const auto at = name.rfind("-idx"); at != std::string::npos) {
    spellings.push_back(name);
    spellings.back()[at] = '.';
  }
  std::string looked_for;
  for (const std::string& spelling : spellings) {
    for (const char* ending : {"", ".gz"}) {
      const fs::path candidate = folder / (spelling + ending);
      std::error_code ignored;
      // A folder of that name is what some archives unpack to, with the file inside.
      if (fs::exists(candidate, ignored) && !fs::is_directory(candidate, ignored)) return candidate;
      looked_for += (looked_for.empty() ? "" : ", ") + spelling + ending;
    }
  }
  throw IoError((folder / name).string(), fmt::format("not found; looked for {} in {}. {}",
                                                      looked_for, folder.string(), where_from));
}

IdxImages read_idx_images(const fs::path& path) {
  return parse_idx_images(read_plain_or_gzip(path), path.string());
}

std::vector<std::uint8_t> read_idx_labels(const fs::path& path, std::uint32_t classes) {
  return parse_idx_labels(read_plain_or_gzip(path), path.string(), classes);
}

}  // namespace retrograde
