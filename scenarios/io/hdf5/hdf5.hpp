// HDF5 files, as far as our formats need them: groups of datasets of numbers and texts, read from and
// written to memory, so that a file appears whole (atomic_file.hpp) and no other file is ever opened.
// Files larger than memory are read in place, and where their numbers lie is told, so that they can
// be read without this library (large.cpp). Paths are those inside the file: "/node/edges".
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
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
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

// Whoever holds it may use the C library.
std::unique_lock<std::recursive_mutex> library();

// Whether a file that begins so is one. Those with a block of their user's in front are none to us.
bool is_hdf5(std::span<const std::uint8_t> beginning);

using Shape = std::vector<std::uint64_t>;  // empty: a scalar

// How one number is stored: IEEE 754 (2, 4 or 8 bytes) or two's complement (1, 2, 4 or 8).
struct NumberType {
  bool floating = false, with_sign = true, big_endian = false;
  std::uint32_t bytes = 8;

  bool operator==(const NumberType&) const = default;
};

// Where the values of a dataset lie, for whoever reads them without this library.
struct Placement {
  Shape shape;
  NumberType type;     // of its numbers, or of those in each of its lists
  bool lists = false;  // each value is a list of any length: HDF5's variable-length type
  // From the start of the file, of all values in one piece as they are; none: they are in chunks.
  std::optional<std::uint64_t> offset;

  std::uint64_t size() const;  // values
};

// What one value of a dataset of lists is in the file, and how many bytes that takes: the length of
// the list (4 bytes), the place of the heap that holds it (8) and its number there (4).
inline constexpr std::size_t list_reference_size = 16;

class Writer {
 public:
  Writer();
  // A file on the disk instead, which bytes() knows nothing of; it is complete once this is gone.
  // `path` is replaced. Throws IoError.
  explicit Writer(const std::filesystem::path& path);

  // Room for numbers in one piece that somebody else writes; where it begins in the file. `count` is
  // not 0.
  std::uint64_t reserve(const std::string& path, const NumberType& type, std::uint64_t count);

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
  // Reads the file where it is. Throws IoError, too.
  explicit Reader(const std::filesystem::path& path, const Limits& limits = {});

  bool has(const std::string& path) const;
  bool is_group(const std::string& path) const;
  // Names of the members of a group, sorted.
  std::vector<std::string> members(const std::string& group) const;
  // Integers and truth values come as the nearest double.
  Array<double> numbers(const std::string& path) const;
  bool holds_texts(const std::string& path) const;
  Array<std::string> texts(const std::string& path) const;
  std::string text(const std::string& path) const;  // a scalar
  // That of an attribute of a dataset or group; none: it has no such attribute.
  std::optional<std::string> attribute_text(const std::string& path, const std::string& name) const;

  // Datasets of any size, of numbers or of lists of numbers.
  Placement placement(const std::string& path) const;
  // All numbers of a dataset as they are stored, unpacked, piece by piece in their order.
  void unpack(const std::string& path,
              const std::function<void(std::span<const std::uint8_t>)>& take) const;
  // What a dataset of lists in chunks holds: list_reference_size bytes for each list.
  std::vector<std::uint8_t> list_references(const std::string& path) const;

  [[noreturn]] void fail(const std::string& path, const std::string& message) const;

 private:
  struct Dataset {
    Handle data, type, creation;
    Shape shape;
    std::uint64_t size = 1;  // values
  };
  Dataset open(const std::string& path, std::uint64_t most_values) const;

  std::unique_lock<std::recursive_mutex> lock_;
  std::string file_;
  Limits limits_;
  Handle handle_;
};

// `path` and a name in it.
std::string joined(std::string_view path, std::string_view name);

}  // namespace retrograde::hdf5
