// HDF5 files, as far as the formats of scenarios/exchange need them: groups of datasets of numbers
// and texts, read from and written to memory, so that a file appears whole (atomic_file.hpp) and no
// other file is ever opened. Paths are those inside the file: "/node/edges".
//
// Written files depend on nothing but what is written: no times, no attributes. Datasets of more
// than 4096 numbers are packed.
//
// Of files that are read, every size is looked at before memory is taken; links other than hard
// ones, data outside of the file, and filters other than HDF5's own are refused. Errors are
// FormatError with the file, the path inside it and the remedy. A file that ends early is noticed;
// one whose inner structure is forged may still crash the C library (1.10.8 does, in its B-trees
// and heaps), so files of strangers deserve the care of programs of strangers.
//
// The C library may be used by one thread at a time; a Writer or Reader keeps the others waiting
// while it lives.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace retrograde::hdf5 {

// Closes an HDF5 handle when it goes.
class Handle {
 public:
  Handle() = default;
  Handle(std::int64_t id, int (*close)(std::int64_t)) : id_(id), close_(close) {}
  Handle(Handle&& other) noexcept : id_(other.id_), close_(other.close_) { other.id_ = -1; }
  Handle& operator=(Handle&& other) noexcept;
  ~Handle();

  std::int64_t id() const { return id_; }
  bool valid() const { return id_ >= 0; }

 private:
  std::int64_t id_ = -1;
  int (*close_)(std::int64_t) = nullptr;
};

using Shape = std::vector<std::uint64_t>;  // empty: a scalar

class Writer {
 public:
  Writer();

  // Groups above a dataset are made as they are needed. Writing a path twice is a bug. Values are
  // in row-major order, as many as the shape says.
  void group(const std::string& path);
  void numbers(const std::string& path, std::span<const double> values, const Shape& shape);
  void numbers(const std::string& path, std::span<const float> values, const Shape& shape);
  void numbers(const std::string& path, std::span<const std::int64_t> values, const Shape& shape);
  void numbers(const std::string& path, std::span<const std::int32_t> values, const Shape& shape);
  void numbers(const std::string& path, std::span<const std::uint8_t> values, const Shape& shape);
  void number(const std::string& path, double value) { numbers(path, {&value, 1}, {}); }
  void integer(const std::string& path, std::int32_t value) { numbers(path, {&value, 1}, {}); }
  // UTF-8 of any length, as h5py writes a str.
  void text(const std::string& path, const std::string& value) { texts(path, {&value, 1}, {}); }
  void texts(const std::string& path, std::span<const std::string> values, const Shape& shape);
  // ASCII in `width` bytes, filled up with zeros.
  void fixed_text(const std::string& path, const std::string& value, std::size_t width);

  // The file.
  std::string bytes();

 private:
  void write(const std::string& path, std::int64_t type, const void* values, std::size_t count,
             const Shape& shape);

  std::unique_lock<std::recursive_mutex> lock_;
  Handle links_, file_;
};

struct Limits {
  std::uint64_t values = 100'000'000;  // of one dataset
  std::uint64_t members = 100'000;     // of one group
  std::uint64_t text = 4096;           // bytes of one text
};

template <typename T>
struct Array {
  Shape shape;
  std::vector<T> values;
};

class Reader {
 public:
  // Copies the bytes. `file` is what messages call them. Throws FormatError for anything that is
  // not HDF5.
  Reader(std::span<const std::uint8_t> bytes, std::string file, const Limits& limits = {});

  bool has(const std::string& path) const;
  bool is_group(const std::string& path) const;
  // Names of the members of a group, sorted.
  std::vector<std::string> members(const std::string& group) const;
  // Integers and truth values come as the nearest double.
  Array<double> numbers(const std::string& path) const;
  Array<std::string> texts(const std::string& path) const;
  std::string text(const std::string& path) const;  // a scalar

  [[noreturn]] void fail(const std::string& path, const std::string& message) const;

 private:
  struct Dataset;
  Dataset open(const std::string& path) const;

  std::unique_lock<std::recursive_mutex> lock_;
  std::string file_;
  Limits limits_;
  Handle handle_;
};

// `path` and a name in it.
std::string joined(std::string_view path, std::string_view name);

}  // namespace retrograde::hdf5
