// Zip archives in memory: numpy's NPZ is one of NPY files. Entries are read stored or deflated, with
// their checksums, and written stored, without times, so that files depend on their content alone.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace retrograde {

// Whether a file that begins so is a zip archive.
bool is_zip(std::span<const std::uint8_t> beginning);

class ZipReader {
 public:
  // Keeps the bytes. `file` is what messages call them. Throws FormatError.
  ZipReader(std::vector<std::uint8_t> bytes, std::string file);
  ZipReader(ZipReader&&) noexcept;
  ~ZipReader();

  const std::vector<std::string>& names() const { return names_; }
  // The content of an entry. Throws FormatError where it is damaged, encrypted or packed in another
  // way, and LimitError where it is larger than what is read of any file.
  std::vector<std::uint8_t> read(const std::string& name) const;

 private:
  struct Archive;
  std::string file_;
  std::vector<std::uint8_t> bytes_;
  std::unique_ptr<Archive> archive_;
  std::vector<std::string> names_;
};

class ZipWriter {
 public:
  // A name comes once. Everything is kept until the bytes are asked for.
  void add(std::string name, std::string content);
  std::string bytes() const;

 private:
  std::vector<std::pair<std::string, std::string>> entries_;
};

}  // namespace retrograde
