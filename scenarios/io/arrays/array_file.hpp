// A file of named arrays of numbers, of whichever kind: NPY (one array, whose name is ""), NPZ, HDF5
// (datasets by their paths, such as "spikes/times") or CSV (columns by the names in the first line,
// separated by commas, tabs or semicolons). Its content says which kind it is. An array is read when
// it is asked for, and what else the file holds does not matter.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <retrograde/scenarios/io/npy.hpp>

namespace retrograde {

enum class ArrayFormat { npy, npz, hdf5, csv };

struct NamedArray {
  std::string name;
  NumericArray array;
};

class ArrayFile {
 public:
  // Throws IoError, LimitError, FormatError. An HDF5 file is read in place and keeps the C library to
  // this thread while this lives (hdf5.hpp).
  explicit ArrayFile(const std::filesystem::path& path);
  // `file` is what messages call it.
  ArrayFile(std::vector<std::uint8_t> bytes, std::string file);
  // Arrays in memory (memory_arrays.hpp), not null: one without a name is as an NPY, others as an NPZ.
  ArrayFile(std::shared_ptr<const std::vector<NamedArray>> arrays, std::string file);
  ArrayFile(ArrayFile&&) noexcept;
  ~ArrayFile();

  ArrayFormat format() const;
  const std::string& file() const { return file_; }
  // In the order of the file; of HDF5 sorted.
  const std::vector<std::string>& names() const { return names_; }
  bool has(const std::string& name) const;
  // Finite numbers; arrays may be empty. Throws FormatError, also where there is none of that name.
  NumericArray read(const std::string& name) const;
  // A text that HDF5 keeps beside an array; none: there is none.
  std::optional<std::string> attribute(const std::string& array, const std::string& name) const;

  // What the kinds of files have in common.
  class Source;

 private:
  std::string file_;
  std::unique_ptr<Source> source_;
  std::vector<std::string> names_;
};

// By the ending of its name: .npy, .npz, .h5 or .hdf5, .csv; none of these: nothing.
std::optional<ArrayFormat> array_format_of(const std::filesystem::path& path);

// The content of a file with these arrays, whose names are different. NPY takes one array, CSV arrays
// of one axis and one length. The same arrays give the same bytes; numbers are written so that they are
// read as the same bits.
std::string array_file_bytes(ArrayFormat format, std::span<const NamedArray> arrays);
// The same into a file that appears whole or not at all. Throws IoError.
void write_arrays(const std::filesystem::path& path, ArrayFormat format,
                  std::span<const NamedArray> arrays);

}  // namespace retrograde
