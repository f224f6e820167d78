// Arrays of numbers as numpy saves them (.npy): a magic number, a version, a header that says type,
// order and shape, then the values without gaps. Read are float32 and float64 ("<f4", "<f8": little
// endian) in C order and in Fortran order, versions 1 to 3.
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

struct NpyArray {
  std::vector<std::size_t> shape;  // no entries: a single number
  std::vector<double> values;      // in C order: the last axis runs fastest
};

// From bytes in memory; `file` is for messages. Throws FormatError with the offset of the first byte
// that is wrong: no magic number, another version, a header that cannot be read, another type, an
// empty axis, fewer or more bytes than the header announces, a value that is not finite.
NpyArray parse_npy(std::span<const std::uint8_t> bytes, const std::string& file);

// Throws IoError and what the parser throws.
NpyArray read_npy(const std::filesystem::path& path);

}  // namespace retrograde
