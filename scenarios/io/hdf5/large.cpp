// Datasets larger than memory: where they lie, and how they are unpacked piece by piece.
#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <hdf5.h>
#include <limits>
#include <vector>
#include <zlib.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

namespace retrograde::hdf5 {

namespace {

constexpr std::uint64_t unpacked_piece = 1 << 18;  // values
constexpr std::uint64_t largest_dataset = std::uint64_t{1} << 40;

// The stored type of numbers; none: it is another one.
std::optional<NumberType> number_type(hid_t type) {
  NumberType result;
  const H5T_class_t kind = H5Tget_class(type);
  const std::size_t bytes = H5Tget_size(type);
  const H5T_order_t order = H5Tget_order(type);
  result.floating = kind == H5T_FLOAT;
  if ((kind != H5T_FLOAT && kind != H5T_INTEGER) || bytes > 8 || (bytes & (bytes - 1)) != 0)
    return std::nullopt;
  if (bytes > 1 && order != H5T_ORDER_LE && order != H5T_ORDER_BE) return std::nullopt;
  if (H5Tget_precision(type) != 8 * bytes || H5Tget_offset(type) != 0) return std::nullopt;
  result.bytes = static_cast<std::uint32_t>(bytes);
  result.big_endian = order == H5T_ORDER_BE;
  if (!result.floating) {
    result.with_sign = H5Tget_sign(type) == H5T_SGN_2;
    return result;
  }
  // IEEE 754: sign, exponent, mantissa with a hidden one, in this order from the top.
  struct Layout {
    std::size_t bytes, exponent, mantissa, bias;
  };
  for (const Layout ieee : {Layout{2, 5, 10, 15}, {4, 8, 23, 127}, {8, 11, 52, 1023}}) {
    std::size_t sign, exponent, exponent_size, mantissa, mantissa_size;
    if (ieee.bytes != bytes) continue;
    if (H5Tget_fields(type, &sign, &exponent, &exponent_size, &mantissa, &mantissa_size) >= 0 &&
        sign == 8 * bytes - 1 && exponent == ieee.mantissa && exponent_size == ieee.exponent &&
        mantissa == 0 && mantissa_size == ieee.mantissa && H5Tget_ebias(type) == ieee.bias &&
        H5Tget_norm(type) == H5T_NORM_IMPLIED)
      return result;
  }
  return std::nullopt;
}

hid_t stored_type(const NumberType& type) {
  if (type.floating) return type.bytes == 4 ? H5T_IEEE_F32LE : H5T_IEEE_F64LE;
  switch (type.bytes) {
    case 1:
      return type.with_sign ? H5T_STD_I8LE : H5T_STD_U8LE;
    case 2:
      return type.with_sign ? H5T_STD_I16LE : H5T_STD_U16LE;
    case 4:
      return type.with_sign ? H5T_STD_I32LE : H5T_STD_U32LE;
    default:
      return type.with_sign ? H5T_STD_I64LE : H5T_STD_U64LE;
  }
}

// Byte k of value i stands at k * count + i of a shuffled chunk; what is left over follows as it is.
std::vector<std::uint8_t> unshuffled(const std::vector<std::uint8_t>& bytes, std::size_t width) {
  std::vector<std::uint8_t> result = bytes;
  const std::size_t count = bytes.size() / width;
  for (std::size_t k = 0; k < width; ++k)
    for (std::size_t i = 0; i < count; ++i) result[i * width + k] = bytes[k * count + i];
  return result;
}

// Exactly `size` bytes; empty: it is damaged.
std::vector<std::uint8_t> inflated(const std::vector<std::uint8_t>& packed, std::size_t size) {
  std::vector<std::uint8_t> result(size);
  uLongf length = size;
  if (uncompress(result.data(), &length, packed.data(), packed.size()) != Z_OK || length != size)
    return {};
  return result;
}

// A chunk as its filters left it, undone from the last to the first; empty: it is damaged or a
// filter is unknown. `mask` has a bit for each filter that this chunk was spared.
std::vector<std::uint8_t> unfiltered(std::vector<std::uint8_t> bytes, hid_t creation,
                                     std::uint32_t mask, std::size_t size) {
  for (int k = H5Pget_nfilters(creation) - 1; k >= 0; --k) {
    if (k < 32 && (mask >> k & 1) != 0) continue;
    unsigned flags = 0;
    std::size_t values = 0;
    const H5Z_filter_t filter = H5Pget_filter2(creation, static_cast<unsigned>(k), &flags, &values,
                                               nullptr, 0, nullptr, nullptr);
    if (filter == H5Z_FILTER_DEFLATE) {
      bytes = inflated(bytes, size);
    } else if (filter == H5Z_FILTER_SHUFFLE) {
      bytes = unshuffled(bytes, list_reference_size);
    } else {
      return {};
    }
  }
  if (bytes.size() != size) return {};
  return bytes;
}

}  // namespace

std::uint64_t Placement::size() const {
  std::uint64_t values = 1;
  for (const std::uint64_t extent : shape) values *= extent;
  return values;
}

std::uint64_t Writer::reserve(const std::string& path, const NumberType& type,
                              std::uint64_t count) {
  const hsize_t extent = count;
  const Handle space(H5Screate_simple(1, &extent, nullptr), H5Sclose);
  const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_obj_track_times(creation.id(), false);
  H5Pset_alloc_time(creation.id(), H5D_ALLOC_TIME_EARLY);
  H5Pset_fill_time(creation.id(), H5D_FILL_TIME_NEVER);
  const Handle data(H5Dcreate2(file_.id(), path.c_str(), stored_type(type), space.id(), links_.id(),
                               creation.id(), H5P_DEFAULT),
                    H5Dclose);
  const haddr_t offset = data.valid() ? H5Dget_offset(data.id()) : HADDR_UNDEF;
  if (offset == HADDR_UNDEF) throw InternalError("HDF5 cannot reserve room for " + path);
  return offset;
}

Reader::Reader(const std::filesystem::path& path, const Limits& limits)
    : lock_(library()), file_(path.string()), limits_(limits) {
  // What the system says about the file, and what it is, is clearer than what the library says.
  std::vector<std::uint8_t> beginning = read_beginning(path, 8);
  if (!is_hdf5(beginning)) {
    const bool packed =
        is_gzip(beginning) || (beginning.size() > 1 && beginning[0] == 'P' && beginning[1] == 'K');
    throw FormatError(file_, 0,
                      packed ? "it is packed (gzip or zip); unpack it and name the .h5 file inside"
                             : "it does not begin as an HDF5 file does; name one, or get it again");
  }
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    throw IoError(
        file_,
        "is no regular file, and HDF5 is read from many places of one; write what it gives "
        "into a file and name that");
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_file_locking(access.id(), false, true);
  handle_ = Handle(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose);
  if (!handle_.valid())
    throw FormatError(file_, "", "HDF5 cannot open it; it is damaged or ends early, get it again");
  const Handle creation(H5Fget_create_plist(handle_.id()), H5Pclose);
  std::size_t addresses = 0, lengths = 0;
  if (H5Pget_sizes(creation.id(), &addresses, &lengths) < 0 || addresses != 8 || lengths != 8)
    throw FormatError(file_, "", "its offsets are not of 64 bits; write it anew with h5py");
}

Placement Reader::placement(const std::string& path) const {
  const Dataset d = open(path, largest_dataset);
  Placement result;
  result.shape = d.shape;
  result.lists = H5Tget_class(d.type.id()) == H5T_VLEN;
  const Handle element = result.lists ? Handle(H5Tget_super(d.type.id()), H5Tclose) : Handle();
  const auto type = number_type(result.lists ? element.id() : d.type.id());
  if (!type)
    fail(path, result.lists ? "its lists hold no numbers that can be read; write floats or integers"
                            : "it holds no numbers that can be read; write floats or integers");
  result.type = *type;
  if (H5Pget_layout(d.creation.id()) != H5D_CONTIGUOUS) return result;
  const haddr_t offset = H5Dget_offset(d.data.id());
  if (offset != HADDR_UNDEF)
    result.offset = offset;
  else if (d.size > 0)
    fail(path, "it was never filled; write the file anew");
  return result;
}

void Reader::unpack(const std::string& path,
                    const std::function<void(std::span<const std::uint8_t>)>& take) const {
  const Dataset d = open(path, largest_dataset);
  if (d.shape.size() != 1)
    fail(path, fmt::format("it has the shape ({}); one list of numbers is needed here",
                           fmt::join(d.shape, ", ")));
  const std::size_t width = H5Tget_size(d.type.id());
  const Handle space(H5Dget_space(d.data.id()), H5Sclose);
  std::vector<std::uint8_t> piece;
  for (hsize_t begin = 0; begin < d.size; begin += unpacked_piece) {
    const hsize_t count = std::min<hsize_t>(unpacked_piece, d.size - begin);
    piece.resize(count * width);
    const Handle part(H5Screate_simple(1, &count, nullptr), H5Sclose);
    H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, &begin, nullptr, &count, nullptr);
    if (H5Dread(d.data.id(), d.type.id(), part.id(), space.id(), H5P_DEFAULT, piece.data()) < 0)
      fail(path,
           "its values cannot be read: the file ends early, or they are packed in a way that this "
           "HDF5 does not know; write them plain or with gzip");
    take(piece);
  }
}

std::vector<std::uint8_t> Reader::list_references(const std::string& path) const {
  const Dataset d = open(path, limits_.values);
  if (H5Tget_class(d.type.id()) != H5T_VLEN || d.shape.size() != 1 ||
      H5Pget_layout(d.creation.id()) != H5D_CHUNKED)
    fail(path, "its lists lie in the header of the file; write it anew with h5py");
  hsize_t chunk = 0;
  H5Pget_chunk(d.creation.id(), 1, &chunk);
  const std::size_t size = chunk * list_reference_size;
  std::vector<std::uint8_t> result(d.size * list_reference_size);
  for (hsize_t begin = 0; begin < d.size; begin += chunk) {
    hsize_t stored = 0;
    std::uint32_t mask = 0;
    std::vector<std::uint8_t> bytes;
    if (H5Dget_chunk_storage_size(d.data.id(), &begin, &stored) >= 0 && stored > 0 &&
        stored <= 2 * size + 4096) {
      bytes.resize(stored);
      if (H5Dread_chunk(d.data.id(), H5P_DEFAULT, &begin, &mask, bytes.data()) >= 0)
        bytes = unfiltered(std::move(bytes), d.creation.id(), mask, size);
      else
        bytes.clear();
    }
    if (bytes.empty())
      fail(path,
           fmt::format("the chunk of its lists from {} on cannot be read: the file ends early, "
                       "or it is packed in another way than by gzip; write it anew",
                       begin));
    const std::size_t used = std::min<hsize_t>(chunk, d.size - begin) * list_reference_size;
    std::copy_n(bytes.begin(), used,
                result.begin() + static_cast<std::ptrdiff_t>(begin * list_reference_size));
  }
  return result;
}

}  // namespace retrograde::hdf5
