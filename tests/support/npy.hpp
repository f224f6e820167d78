// Arrays of numpy, as recordings come: .npy files of integers and truth values, alone or within an
// .npz, which is a zip of them.
#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>
#include <zlib.h>

#include <retrograde/scenarios/io/atomic_file.hpp>

namespace retrograde::test {

struct NumpyArray {
  std::vector<std::size_t> shape;
  std::vector<std::int32_t> values;  // in C order
};

inline NumpyArray parse_npy(const std::uint8_t* bytes, std::size_t size) {
  const auto need = [](bool good, const char* what) {
    if (!good) throw std::runtime_error(std::string("npy: ") + what);
  };
  need(size > 10 && std::memcmp(bytes, "\x93NUMPY\x01", 7) == 0, "version 1 is needed");
  const std::size_t length = bytes[8] + 256u * bytes[9];
  need(size >= 10 + length, "cut off");
  const std::string head(reinterpret_cast<const char*>(bytes) + 10, length);
  const bool fortran = head.find("'fortran_order': True") != head.npos;
  NumpyArray array;
  std::size_t count = 1, at = head.find('(', head.find("'shape'")) + 1;
  while (head[at] != ')') {
    std::size_t digits = 0;
    array.shape.push_back(std::stoul(head.substr(at), &digits));
    count *= array.shape.back();
    at += digits;
    while (head[at] == ',' || head[at] == ' ') ++at;
  }
  const std::uint8_t* const data = bytes + 10 + length;
  const auto read = [&](auto zero) {
    need(size - 10 - length >= count * sizeof(zero), "cut off");
    for (std::size_t k = 0; k < count; ++k) {
      std::memcpy(&zero, data + k * sizeof(zero), sizeof(zero));
      array.values.push_back(zero);
    }
  };
  if (head.find("'|b1'") != head.npos)
    read(std::uint8_t{});
  else if (head.find("'<i2'") != head.npos)
    read(std::int16_t{});
  else if (head.find("'<i4'") != head.npos)
    read(std::int32_t{});
  else
    need(false, "a type that is not read here");
  if (fortran) {
    const std::vector<std::int32_t> columns = std::exchange(array.values, {});
    for (std::size_t k = 0; k < count; ++k) {
      std::size_t rest = k, place = 0, stride = count;
      for (std::size_t axis = array.shape.size(); axis-- > 0;) {
        stride /= array.shape[axis];
        place += rest % array.shape[axis] * stride;
        rest /= array.shape[axis];
      }
      array.values.push_back(columns[place]);
    }
  }
  return array;
}

inline NumpyArray read_npy(const std::filesystem::path& path) {
  const std::vector<std::uint8_t> bytes = read_file(path);
  return parse_npy(bytes.data(), bytes.size());
}

// The arrays of an .npz by name; those whose sizes stand in front of them, as numpy writes it.
inline std::map<std::string, NumpyArray> read_npz(const std::filesystem::path& path) {
  const std::vector<std::uint8_t> bytes = read_file(path);
  const auto number = [&](std::size_t at, int width) {
    std::uint32_t value = 0;
    for (int k = width; k-- > 0;) value = value << 8 | bytes.at(at + static_cast<std::size_t>(k));
    return value;
  };
  std::map<std::string, NumpyArray> arrays;
  std::size_t at = 0;
  while (number(at, 4) == 0x04034b50) {  // a file within the zip
    const std::uint32_t method = number(at + 8, 2), name_size = number(at + 26, 2),
                        extra = number(at + 28, 2);
    std::uint64_t packed = number(at + 18, 4), size = number(at + 22, 4);
    std::string name(reinterpret_cast<const char*>(&bytes.at(at + 30)), name_size);
    if (packed == 0xffffffff) {  // zip64: both follow in the extra field
      size = number(at + 30 + name_size + 4, 4);
      packed = number(at + 30 + name_size + 12, 4);
    }
    const std::size_t data = at + 30 + name_size + extra;
    std::vector<std::uint8_t> content(size);
    if (method == 8) {
      z_stream stream{};
      inflateInit2(&stream, -MAX_WBITS);
      stream.next_in = const_cast<Bytef*>(&bytes.at(data));
      stream.avail_in = static_cast<uInt>(packed);
      stream.next_out = content.data();
      stream.avail_out = static_cast<uInt>(size);
      const int result = inflate(&stream, Z_FINISH);
      inflateEnd(&stream);
      if (result != Z_STREAM_END) throw std::runtime_error("npz: damaged");
    } else {
      std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(data), size, content.begin());
    }
    name.resize(name.rfind(".npy"));
    arrays[name] = parse_npy(content.data(), content.size());
    at = data + packed;
  }
  return arrays;
}

}  // namespace retrograde::test
