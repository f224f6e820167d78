// A file of which pieces are read at their place, from many threads at once: no position is shared.
// Every read is checked against the size that the file has when it is opened.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace retrograde {

class RawFile {
 public:
  // Opens a file to read. Throws IoError.
  explicit RawFile(const std::filesystem::path& path);
  // A new one in `folder` without a name, which goes with this object; messages call it `name`.
  // Throws IoError.
  static RawFile temporary(const std::filesystem::path& folder, std::string name);
  RawFile(RawFile&& other) noexcept;
  RawFile& operator=(RawFile&& other) noexcept;
  ~RawFile();

  const std::string& name() const { return name_; }
  std::uint64_t size() const { return size_; }  // bytes

  // All of `into`. Throws FormatError where that is beyond the end of the file, IoError.
  void read(std::uint64_t offset, std::span<std::uint8_t> into) const;
  std::vector<std::uint8_t> read(std::uint64_t offset, std::uint64_t count) const;

  // Behind what is there, of a temporary file; from one thread. Throws IoError.
  void append(std::span<const std::uint8_t> bytes);

 private:
  RawFile(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}
  void check(std::uint64_t offset, std::uint64_t count) const;

  int descriptor_ = -1;
  std::string name_;
  std::uint64_t size_ = 0;
};

}  // namespace retrograde
