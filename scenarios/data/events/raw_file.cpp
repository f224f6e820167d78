#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/events/raw_file.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>

namespace retrograde {

RawFile::RawFile(const std::filesystem::path& path)
    : descriptor_(open_input(path)), name_(path.string()) {
  struct stat status {};
  int reason = ::fstat(descriptor_, &status) == 0 ? 0 : errno;
  // Standard input may be a pipe, which has no places.
  if (reason == 0 && !S_ISREG(status.st_mode)) reason = ESPIPE;
  if (reason != 0) {
    ::close(descriptor_);
    throw_io_error(path, "read at a place of", reason);
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

RawFile RawFile::temporary(const std::filesystem::path& folder, std::string name) {
  std::string path = (folder / ".retrograde-XXXXXX").string();
  const int descriptor = ::mkostemp(path.data(), O_CLOEXEC);
  if (descriptor < 0) throw_io_error(path, "create", errno);
  ::unlink(path.c_str());
  return RawFile(descriptor, std::move(name));
}

RawFile::RawFile(RawFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      name_(std::move(other.name_)),
      size_(other.size_) {}

RawFile& RawFile::operator=(RawFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(name_, other.name_);
  std::swap(size_, other.size_);
  return *this;
}

RawFile::~RawFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void RawFile::check(std::uint64_t offset, std::uint64_t count) const {
  if (offset <= size_ && count <= size_ - offset) return;
  throw FormatError(
      name_, offset,
      fmt::format("{} bytes are to be read here, but the file has {}: it is damaged or "
                  "ends early, get it again",
                  count, size_));
}

void RawFile::read(std::uint64_t offset, std::span<std::uint8_t> into) const {
  check(offset, into.size());
  while (!into.empty()) {
    const ssize_t n = ::pread(descriptor_, into.data(), into.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_io_error(name_, "read", errno);
    if (n == 0)
      throw FormatError(name_, offset,
                        "the file became shorter while it was read; leave it alone meanwhile");
    into = into.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
}

std::vector<std::uint8_t> RawFile::read(std::uint64_t offset, std::uint64_t count) const {
  check(offset, count);  // before memory is taken
  std::vector<std::uint8_t> bytes(count);
  read(offset, bytes);
  return bytes;
}

void RawFile::append(std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_io_error(name_, "write", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    size_ += static_cast<std::uint64_t>(n);
  }
}

}  // namespace retrograde
