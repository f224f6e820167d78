// HDF5 files as lines of text, for fuzzing what our readers make of their content: the C library of
// HDF5 is not made for forged files, and every random input would end in it.
//
//   PATH TYPE [EXTENT ...] VALUE ...
//   /layer/0/weight f64 [2 3] 1 -2
//
// TYPE is f64, f32, i64, i32, u8, text (of any length, as h5py writes it), fixed (ASCII of a given
// width, four times as fast) or group. Without extents there are as many values as the line has;
// with them the values are repeated until the shape is filled. What cannot be written, a path twice
// or inside of a dataset or more than 20,000 values, is left out.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace retrograde::fuzz {

std::string described_hdf5(std::span<const std::uint8_t> lines);

// The bytes of a file, as readers take them.
inline std::span<const std::uint8_t> span_of(const std::string& bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

}  // namespace retrograde::fuzz
