// Arrays of numbers as numpy saves them (.npy): a magic number, a version, a header that says type,
// order and shape, then the values without gaps. Read are float32, float64, whole numbers of up to 8
// bytes and truth values, of either order of bytes, in C order and in Fortran order, versions 1 to 3.
//
// Reference: numpy.lib.format, as its documentation has it (NEP 1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace retrograde {

struct NumericArray {
  std::vector<std::size_t> shape;  // no entries: a single number
  std::vector<double> values;      // in C order: the last axis runs fastest
  bool whole = false;              // is written as whole numbers; readers do not set it
};

// Where value k of an array is, from 0: "value 7", "row 1, column 3".
std::string place_in(const std::vector<std::size_t>& shape, std::size_t k);

// From bytes in memory; `file` is for messages. Throws FormatError with the offset of the first byte
// that is wrong: no magic number, another version, a header that cannot be read, another type, an
// empty axis unless it may be, fewer or more bytes than the header announces, a value that is not
// finite or a whole number beyond 2^53.
NumericArray parse_npy(std::span<const std::uint8_t> bytes, const std::string& file,
                       bool may_be_empty = false);

// The file, version 1, of '<f8' or, of whole numbers, '<i8'.
std::string npy_bytes(const NumericArray& array);

// Throws IoError and what the parser throws.
NumericArray read_npy(const std::filesystem::path& path);

}  // namespace retrograde
