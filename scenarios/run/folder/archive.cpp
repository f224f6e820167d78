#define XXH_INLINE_ALL
#include <array>
#include <xxhash.h>

#include <retrograde/scenarios/run/folder/archive.hpp>

namespace retrograde {

namespace {

constexpr std::size_t header_size = 8 + 4 + 8;

}  // namespace

std::string framed(const ArchiveFormat& format, const std::string& body) {
  ArchiveWriter file;
  for (const char c : format.magic) file.value(c);
  file.value(format.version);
  file.value(std::uint64_t{body.size()});
  ArchiveWriter sum;
  sum.value(std::uint64_t{XXH3_64bits(body.data(), body.size())});
  return file.text() + body + sum.text();
}

ArchiveReader unframed(const ArchiveFormat& format, const std::vector<std::uint8_t>& bytes,
                       const std::string& file) {
  ArchiveReader header(bytes.data(), bytes.size(), 0, file);
  std::array<char, 8> found{};
  header.value(found);
  if (std::string_view(found.data(), found.size()) != format.magic)
    throw FormatError(file, 0, fmt::format("this is not a Retrograde {}", format.what));
  std::uint32_t file_version = 0;
  header.value(file_version);
  if (file_version != format.version)
    throw FormatError(file, 8,
                      fmt::format("{} format {}; this version of Retrograde reads format {}",
                                  format.what, file_version, format.version));
  std::uint64_t size = 0;
  header.value(size);
  if (bytes.size() - header_size < 8 || size != bytes.size() - header_size - 8)
    throw FormatError(
        file, bytes.size(),
        fmt::format(
            "the file has {} bytes where {} are announced; the checkpoint is truncated or has "
            "something appended, train again or restore a copy",
            bytes.size(), header_size + size + 8));
  std::uint64_t sum = 0;
  std::memcpy(&sum, bytes.data() + header_size + size, 8);
  if (sum != XXH3_64bits(bytes.data() + header_size, size))
    throw FormatError(
        file, header_size + size,
        "the checksum does not match; the checkpoint is damaged, train again or restore a copy");
  return ArchiveReader(bytes.data() + header_size, size, header_size, file);
}

}  // namespace retrograde
