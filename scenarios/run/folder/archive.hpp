// What binary files of a run folder are made of: a magic number of eight letters, u32 version, u64 size
// of the body, body, u64 XXH3 of the body; all little-endian. Numbers and lists of numbers lie one behind
// the other; a list begins with its length, u64.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <vector>

#include <retrograde/events/error.hpp>

namespace retrograde {

static_assert(std::endian::native == std::endian::little,
              "files are written as the machine holds numbers");

// A kind of file: how it begins, and the version of its body.
struct ArchiveFormat {
  std::string_view magic;
  std::uint32_t version;
  const char* what;
};
class ArchiveWriter {
 public:
  template <typename T>
  void value(T v) {
    const char* bytes = reinterpret_cast<const char*>(&v);
    text_.append(bytes, sizeof v);
  }
  template <typename T>
  void list(const std::vector<T>& values) {
    value(std::uint64_t{values.size()});
    text_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

class ArchiveReader {
 public:
  ArchiveReader(const std::uint8_t* bytes, std::size_t size, std::size_t offset,
                const std::string& file)
      : bytes_(bytes), size_(size), offset_(offset), file_(file) {}

  template <typename T>
  void value(T& v) {
    need(sizeof v);
    std::memcpy(&v, bytes_ + at_, sizeof v);
    at_ += sizeof v;
  }
  template <typename T>
  void list(std::vector<T>& values) {
    std::uint64_t count = 0;
    value(count);
    if (count > (size_ - at_) / sizeof(T))
      fail(fmt::format("a list of {} entries does not fit into the file", count));
    values.resize(count);
    if (count > 0) std::memcpy(values.data(), bytes_ + at_, count * sizeof(T));
    at_ += count * sizeof(T);
  }
  [[noreturn]] void fail(const std::string& what) const {
    throw FormatError(file_, offset_ + at_,
                      what + "; the checkpoint is damaged, train again or restore a copy");
  }
  bool at_end() const { return at_ == size_; }

 private:
  void need(std::size_t count) const {
    if (size_ - at_ < count) fail("the file ends early");
  }
  const std::uint8_t* bytes_;
  std::size_t size_, at_ = 0, offset_;
  const std::string& file_;
};

// The whole file around a body.
std::string framed(const ArchiveFormat& format, const std::string& body);

// Checks the frame and returns a reader of the body. Throws FormatError with the offset of what is wrong:
// another magic number or version, a size or checksum that does not fit.
ArchiveReader unframed(const ArchiveFormat& format, const std::vector<std::uint8_t>& bytes,
                       const std::string& file);

}  // namespace retrograde
