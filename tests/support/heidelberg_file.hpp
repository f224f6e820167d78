// Files of the layout of the Heidelberg sets, as h5py and PyTables write them: lists of variable length
// in one piece or in chunks, numbers of several widths.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <hdf5.h>
#include <stdexcept>
#include <string>
#include <vector>

#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

namespace retrograde::test {

struct SpokenSample {
  std::vector<double> seconds;
  std::vector<std::uint32_t> units;
  int label = 0, speaker = 0;
};

struct HeidelbergLayout {
  int time_bytes = 2;  // 2, 4 or 8
  int unit_bytes = 2;  // 1, 2, 4 or 8
  bool big_endian = false;
  std::uint64_t chunk = 0;  // lists; 0: in one piece
  bool gzip = false, shuffle = false;
  bool names = true, speakers = true;
  bool names_of_fixed_width = true;  // else of any length
};

// The nearest number of 16 bits to one in [0, 2), ties to even: what numpy's float16 makes of it.
inline std::uint16_t half_bits(double value) {
  if (value == 0) return 0;
  int exponent = 0;
  std::frexp(value, &exponent);  // value = m 2^exponent, m in [1/2, 1)
  exponent = std::max(exponent, -13);
  const double steps = std::nearbyint(std::ldexp(value, 11 - exponent));
  return static_cast<std::uint16_t>(((exponent + 13) << 10) + static_cast<int>(steps));
}

namespace hdf5_layout {

inline hid_t float_type(const HeidelbergLayout& layout) {
  if (layout.time_bytes == 8) return H5Tcopy(layout.big_endian ? H5T_IEEE_F64BE : H5T_IEEE_F64LE);
  const hid_t type = H5Tcopy(layout.big_endian ? H5T_IEEE_F32BE : H5T_IEEE_F32LE);
  if (layout.time_bytes == 4) return type;
  H5Tset_fields(type, 15, 10, 5, 0, 10);
  H5Tset_size(type, 2);
  H5Tset_ebias(type, 15);
  return type;
}

inline hid_t unit_type(const HeidelbergLayout& layout) {
  const hid_t type = H5Tcopy(layout.big_endian ? H5T_STD_U64BE : H5T_STD_U64LE);
  H5Tset_size(type, static_cast<std::size_t>(layout.unit_bytes));
  return type;
}

inline void put_number(std::vector<std::uint8_t>& bytes, std::uint64_t bits, int width,
                       bool big_endian) {
  for (int k = 0; k < width; ++k)
    bytes.push_back(static_cast<std::uint8_t>(bits >> (8 * (big_endian ? width - 1 - k : k))));
}

inline void put_time(std::vector<std::uint8_t>& bytes, double seconds,
                     const HeidelbergLayout& layout) {
  const std::uint64_t bits = layout.time_bytes == 8 ? std::bit_cast<std::uint64_t>(seconds)
                             : layout.time_bytes == 4
                                 ? std::bit_cast<std::uint32_t>(static_cast<float>(seconds))
                                 : half_bits(seconds);
  put_number(bytes, bits, layout.time_bytes, layout.big_endian);
}

// A dataset of lists whose bytes are those of the file.
inline void write_lists(hid_t file, const char* path, hid_t element, int width,
                        std::vector<std::vector<std::uint8_t>>& lists,
                        const HeidelbergLayout& layout) {
  const hid_t type = H5Tvlen_create(element);
  const hsize_t count = lists.size(), limit = layout.chunk > 0 ? H5S_UNLIMITED : count;
  const hid_t space = H5Screate_simple(1, &count, &limit);
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  if (layout.chunk > 0) {
    const hsize_t chunk = layout.chunk;
    H5Pset_chunk(creation, 1, &chunk);
    if (layout.shuffle) H5Pset_shuffle(creation);
    if (layout.gzip) H5Pset_deflate(creation, 6);
  }
  const hid_t data = H5Dcreate2(file, path, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  std::vector<hvl_t> pointers;
  for (auto& list : lists)
    pointers.push_back({list.size() / static_cast<std::size_t>(width), list.data()});
  if (H5Dwrite(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()) < 0)
    throw std::runtime_error("HDF5 wrote no lists");
  H5Dclose(data);
  H5Pclose(creation);
  H5Sclose(space);
  H5Tclose(type);
}

inline void write_integers(hid_t file, const char* path, const std::vector<int>& values) {
  const hsize_t count = values.size();
  const hid_t space = H5Screate_simple(1, &count, nullptr);
  const hid_t data =
      H5Dcreate2(file, path, H5T_STD_U16LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  H5Dwrite(data, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  H5Dclose(data);
  H5Sclose(space);
}

inline void write_names(hid_t file, const char* path, const std::vector<std::string>& names,
                        bool fixed) {
  const hsize_t count = names.size();
  const hid_t space = H5Screate_simple(1, &count, nullptr);
  constexpr std::size_t width = 12;
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, fixed ? width : H5T_VARIABLE);
  const hid_t data = H5Dcreate2(file, path, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  std::string bytes;
  std::vector<const char*> pointers;
  for (const std::string& name : names) {
    bytes += name + std::string(width - std::min(width, name.size()), '\0');
    pointers.push_back(name.c_str());
  }
  H5Dwrite(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT,
           fixed ? static_cast<const void*>(bytes.data()) : pointers.data());
  H5Dclose(data);
  H5Tclose(type);
  H5Sclose(space);
}

}  // namespace hdf5_layout

// `sample(k)` gives sample k.
template <typename Sample>
void write_heidelberg(const std::filesystem::path& path, std::size_t samples, const Sample& sample,
                      const std::vector<std::string>& class_names,
                      const HeidelbergLayout& layout = {}) {
  using namespace hdf5_layout;
  const auto lock = hdf5::library();
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  for (const char* group : {"/spikes", "/extra"})
    H5Gclose(H5Gcreate2(file, group, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  std::vector<std::vector<std::uint8_t>> times(samples), units(samples);
  std::vector<int> labels, speakers;
  for (std::size_t k = 0; k < samples; ++k) {
    const SpokenSample one = sample(k);
    for (const double t : one.seconds) put_time(times[k], t, layout);
    for (const std::uint32_t u : one.units)
      put_number(units[k], u, layout.unit_bytes, layout.big_endian);
    labels.push_back(one.label);
    speakers.push_back(one.speaker);
  }
  const hid_t floats = float_type(layout), integers = unit_type(layout);
  write_lists(file, "/spikes/times", floats, layout.time_bytes, times, layout);
  write_lists(file, "/spikes/units", integers, layout.unit_bytes, units, layout);
  H5Tclose(floats);
  H5Tclose(integers);
  write_integers(file, "/labels", labels);
  if (layout.speakers) write_integers(file, "/extra/speaker", speakers);
  if (layout.names) write_names(file, "/extra/keys", class_names, layout.names_of_fixed_width);
  H5Fclose(file);
}

inline void write_heidelberg(const std::filesystem::path& path,
                             const std::vector<SpokenSample>& samples,
                             const std::vector<std::string>& class_names,
                             const HeidelbergLayout& layout = {}) {
  write_heidelberg(
      path, samples.size(), [&](std::size_t k) { return samples[k]; }, class_names, layout);
}

}  // namespace retrograde::test
