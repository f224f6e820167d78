#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <hdf5.h>
#include <limits>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

namespace retrograde::hdf5 {

static_assert(std::is_same_v<hid_t, std::int64_t> && std::is_same_v<herr_t, int>);

namespace {

constexpr std::size_t packed_from = 4096;                  // values
constexpr std::uint64_t largest_chunk = 1 << 24;           // values, of a file that is read
constexpr std::uint64_t written_chunk = 1 << 17;           // values
constexpr unsigned compression = 6;                        // of zlib
constexpr std::size_t file_growth = std::size_t{1} << 16;  // bytes

// In memory, with nothing behind it.
Handle access_in_memory() {
  Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fapl_core(access.id(), file_growth, false);
  return access;
}

// The library takes two open files of one name for the same; the name is written nowhere.
std::string new_name() {
  static std::uint64_t count = 0;
  return fmt::format("memory {}", count++);
}

// What fails here is no fault of the user's.
hid_t good(hid_t id, const std::string& what) {
  if (id < 0) throw InternalError("HDF5 cannot " + what);
  return id;
}

Handle text_type(std::size_t width) {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.id(), width);
  if (width == H5T_VARIABLE) H5Tset_cset(type.id(), H5T_CSET_UTF8);
  return type;
}

}  // namespace

// The library says what went wrong by return values only, and loads no plugins.
std::unique_lock<std::recursive_mutex> library() {
  static std::recursive_mutex mutex;
  std::unique_lock lock(mutex);
  H5open();
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  H5PLset_loading_state(0);
  return lock;
}

Handle& Handle::operator=(Handle&& other) noexcept {
  std::swap(id_, other.id_);
  std::swap(close_, other.close_);
  return *this;
}

Handle::~Handle() {
  if (id_ >= 0) close_(id_);
}

std::string joined(std::string_view path, std::string_view name) {
  return path == "/" ? fmt::format("/{}", name) : fmt::format("{}/{}", path, name);
}

// --- writing ---

namespace {

Handle link_creation() {
  Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links.id(), 1);
  H5Pset_char_encoding(links.id(), H5T_CSET_UTF8);
  return links;
}

}  // namespace

Writer::Writer() : lock_(library()), links_(link_creation()) {
  const Handle access = access_in_memory();
  file_ = Handle(good(H5Fcreate(new_name().c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.id()),
                      "make a file in memory"),
                 H5Fclose);
}

Writer::Writer(const std::filesystem::path& path) : lock_(library()), links_(link_creation()) {
  file_ = Handle(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
  if (!file_.valid())
    throw IoError(path.string(), "HDF5 cannot write there; choose another folder");
}

void Writer::group(const std::string& path) {
  const Handle group(
      good(H5Gcreate2(file_.id(), path.c_str(), links_.id(), H5P_DEFAULT, H5P_DEFAULT),
           "make the group " + path),
      H5Gclose);
}

void Writer::write(const std::string& path, hid_t type, const void* values, std::size_t count,
                   const Shape& shape) {
  std::uint64_t size = 1;
  for (const std::uint64_t extent : shape) size *= extent;
  if (size != count)
    throw InternalError(fmt::format("{}: {} values for a shape of {}", path, count, size));
  const Handle space(
      shape.empty() ? H5Screate(H5S_SCALAR)
                    : H5Screate_simple(static_cast<int>(shape.size()),
                                       reinterpret_cast<const hsize_t*>(shape.data()), nullptr),
      H5Sclose);
  const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_obj_track_times(creation.id(), false);
  if (count > packed_from && !shape.empty()) {
    Shape chunk = shape;  // whole rows
    const std::uint64_t row = std::max<std::uint64_t>(size / shape[0], 1);
    chunk[0] = std::clamp<std::uint64_t>(written_chunk / row, 1, shape[0]);
    H5Pset_chunk(creation.id(), static_cast<int>(chunk.size()),
                 reinterpret_cast<const hsize_t*>(chunk.data()));
    H5Pset_shuffle(creation.id());
    H5Pset_deflate(creation.id(), compression);
  }
  const Handle data(good(H5Dcreate2(file_.id(), path.c_str(), type, space.id(), links_.id(),
                                    creation.id(), H5P_DEFAULT),
                         "make the dataset " + path),
                    H5Dclose);
  if (count > 0 && H5Dwrite(data.id(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
    throw InternalError("HDF5 cannot write the dataset " + path);
}

void Writer::numbers(const std::string& path, std::span<const double> values, const Shape& shape) {
  write(path, H5T_IEEE_F64LE, values.data(), values.size(), shape);
}
void Writer::numbers(const std::string& path, std::span<const float> values, const Shape& shape) {
  write(path, H5T_IEEE_F32LE, values.data(), values.size(), shape);
}
void Writer::numbers(const std::string& path, std::span<const std::int64_t> values,
                     const Shape& shape) {
  write(path, H5T_STD_I64LE, values.data(), values.size(), shape);
}
void Writer::numbers(const std::string& path, std::span<const std::int32_t> values,
                     const Shape& shape) {
  write(path, H5T_STD_I32LE, values.data(), values.size(), shape);
}
void Writer::numbers(const std::string& path, std::span<const std::uint8_t> values,
                     const Shape& shape) {
  write(path, H5T_STD_U8LE, values.data(), values.size(), shape);
}

void Writer::texts(const std::string& path, std::span<const std::string> values,
                   const Shape& shape) {
  std::vector<const char*> pointers;
  for (const std::string& value : values) pointers.push_back(value.c_str());
  const Handle type = text_type(H5T_VARIABLE);
  write(path, type.id(), pointers.data(), pointers.size(), shape);
}

void Writer::fixed_text(const std::string& path, const std::string& value, std::size_t width) {
  std::string padded = value;
  padded.resize(width, '\0');
  const Handle type = text_type(width);
  H5Tset_strpad(type.id(), H5T_STR_NULLPAD);
  write(path, type.id(), padded.data(), 1, {});
}

std::string Writer::bytes() {
  H5Fflush(file_.id(), H5F_SCOPE_GLOBAL);
  const ssize_t size = H5Fget_file_image(file_.id(), nullptr, 0);
  std::string image(size > 0 ? static_cast<std::size_t>(size) : 0, '\0');
  if (size <= 0 || H5Fget_file_image(file_.id(), image.data(), image.size()) != size)
    throw InternalError("HDF5 cannot hand out the file that it made in memory");
  return image;
}

// --- reading ---

bool is_hdf5(std::span<const std::uint8_t> beginning) {
  constexpr std::uint8_t signature[] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
  return beginning.size() >= std::size(signature) &&
         std::equal(std::begin(signature), std::end(signature), beginning.begin());
}

Reader::Reader(std::span<const std::uint8_t> bytes, std::string file, const Limits& limits)
    : lock_(library()), file_(std::move(file)), limits_(limits) {
  if (!is_hdf5(bytes))
    throw FormatError(file_, 0,
                      "it does not begin as an HDF5 file does; name one, such as Python's "
                      "nir.write makes");
  const Handle access = access_in_memory();
  if (H5Pset_file_image(access.id(), const_cast<std::uint8_t*>(bytes.data()), bytes.size()) >= 0)
    handle_ = Handle(H5Fopen(new_name().c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose);
  if (!handle_.valid())
    throw FormatError(file_, "",
                      "HDF5 cannot open it; it is damaged or ends early, restore a copy");
}

void Reader::fail(const std::string& path, const std::string& message) const {
  throw FormatError(file_, path, message);
}

bool Reader::has(const std::string& path) const {
  // One link after the other: asking for the last of them is an error where an earlier is missing.
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    if (part != "/") {
      if (H5Lexists(handle_.id(), part.c_str(), H5P_DEFAULT) <= 0) return false;
      H5L_info_t info;
      if (H5Lget_info(handle_.id(), part.c_str(), &info, H5P_DEFAULT) < 0 ||
          info.type != H5L_TYPE_HARD)
        fail(part, "it is a link to another place; write the file without links");
    }
    if (end == std::string::npos) return true;
  }
}

bool Reader::is_group(const std::string& path) const {
  if (!has(path)) return false;
  const Handle object(H5Oopen(handle_.id(), path.c_str(), H5P_DEFAULT), H5Oclose);
  return object.valid() && H5Iget_type(object.id()) == H5I_GROUP;
}

std::vector<std::string> Reader::members(const std::string& path) const {
  if (!has(path)) fail(path, "it is missing; the file holds no such network");
  const Handle group(H5Gopen2(handle_.id(), path.c_str(), H5P_DEFAULT), H5Gclose);
  H5G_info_t info;
  if (!group.valid() || H5Gget_info(group.id(), &info) < 0)
    fail(path, "it is no group, or damaged; write the file anew");
  if (info.nlinks > limits_.members)
    fail(path, fmt::format("it has {} members; at most {} are read", info.nlinks, limits_.members));
  std::vector<std::string> names;
  for (hsize_t k = 0; k < info.nlinks; ++k) {
    const ssize_t size =
        H5Lget_name_by_idx(group.id(), ".", H5_INDEX_NAME, H5_ITER_INC, k, nullptr, 0, H5P_DEFAULT);
    if (size <= 0 || static_cast<std::uint64_t>(size) > limits_.text)
      fail(path, fmt::format("the name of its member {} cannot be read; write the file anew", k));
    std::string name(static_cast<std::size_t>(size), '\0');
    H5Lget_name_by_idx(group.id(), ".", H5_INDEX_NAME, H5_ITER_INC, k, name.data(), name.size() + 1,
                       H5P_DEFAULT);
    names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

Reader::Dataset Reader::open(const std::string& path, std::uint64_t most_values) const {
  if (!has(path)) fail(path, "it is missing; the dataset is needed here");
  Dataset d;
  d.data = Handle(H5Dopen2(handle_.id(), path.c_str(), H5P_DEFAULT), H5Dclose);
  if (!d.data.valid()) fail(path, "it is no dataset, or damaged; write the file anew");
  const Handle space(H5Dget_space(d.data.id()), H5Sclose);
  d.type = Handle(H5Dget_type(d.data.id()), H5Tclose);
  d.creation = Handle(H5Dget_create_plist(d.data.id()), H5Pclose);
  const Handle& creation = d.creation;
  const int rank = space.valid() ? H5Sget_simple_extent_ndims(space.id()) : -1;
  if (rank < 0 || !d.type.valid() || !creation.valid())
    fail(path, "its shape or type cannot be read; it is damaged, write the file anew");
  if (H5Sget_simple_extent_type(space.id()) == H5S_NULL) fail(path, "it is empty; give it a value");
  d.shape.resize(static_cast<std::size_t>(rank));
  H5Sget_simple_extent_dims(space.id(), reinterpret_cast<hsize_t*>(d.shape.data()), nullptr);
  for (const std::uint64_t extent : d.shape) {
    if (extent > 0 && d.size > most_values / extent)
      fail(path, fmt::format("its shape ({}) has more than the {} values that are read; make it "
                             "smaller",
                             fmt::join(d.shape, ", "), most_values));
    d.size *= extent;
  }
  // Nothing that is packed unfolds to more than this, and what was never written is no value.
  constexpr std::uint64_t unfolding = 1100, slack = 1 << 16;
  const std::uint64_t wanted = d.size * H5Tget_size(d.type.id());
  if (wanted > slack && wanted / unfolding > H5Dget_storage_size(d.data.id()))
    fail(path, fmt::format("its shape ({}) asks for more than the file holds; it is damaged or "
                           "was never filled",
                           fmt::join(d.shape, ", ")));
  const H5D_layout_t layout = H5Pget_layout(creation.id());
  if (layout == H5D_VIRTUAL || H5Pget_external_count(creation.id()) > 0)
    fail(path, "its data lie in another file; write them into this one");
  if (layout == H5D_CHUNKED) {
    Shape chunk(d.shape.size());
    H5Pget_chunk(creation.id(), rank, reinterpret_cast<hsize_t*>(chunk.data()));
    std::uint64_t size = 1;
    for (const std::uint64_t extent : chunk)
      size = size > largest_chunk / std::max<std::uint64_t>(extent, 1)
                 ? std::numeric_limits<std::uint64_t>::max()
                 : size * extent;
    if (size > largest_chunk)
      fail(path, fmt::format("its chunks ({}) have more than {} values; write it in smaller ones",
                             fmt::join(chunk, ", "), largest_chunk));
  }
  return d;
}

Array<double> Reader::numbers(const std::string& path) const {
  Dataset d = open(path, limits_.values);
  const H5T_class_t kind = H5Tget_class(d.type.id());
  // h5py writes truth values as an enumeration.
  Handle base = kind == H5T_ENUM ? Handle(H5Tget_super(d.type.id()), H5Tclose) : Handle();
  if (kind != H5T_FLOAT && kind != H5T_INTEGER && kind != H5T_ENUM)
    fail(path, "it holds no numbers; write it as float64");
  Array<double> result{std::move(d.shape), std::vector<double>(d.size)};
  if (d.size == 0) return result;
  const auto read = [&](hid_t type, void* into) {
    if (H5Dread(d.data.id(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, into) < 0)
      fail(path,
           "its values cannot be read: the file ends early, or they are packed in a way that "
           "this HDF5 does not know; write them plain or with gzip");
  };
  if (kind == H5T_ENUM) {
    if (!base.valid() || H5Tget_size(base.id()) != 1)
      fail(path, "it holds no numbers; write it as float64");
    std::vector<std::uint8_t> values(d.size);
    read(d.type.id(), values.data());
    std::copy(values.begin(), values.end(), result.values.begin());
  } else {
    read(H5T_NATIVE_DOUBLE, result.values.data());
  }
  return result;
}

bool Reader::holds_texts(const std::string& path) const {
  return H5Tget_class(open(path, limits_.values).type.id()) == H5T_STRING;
}

Array<std::string> Reader::texts(const std::string& path) const {
  Dataset d = open(path, limits_.values);
  if (H5Tget_class(d.type.id()) != H5T_STRING) fail(path, "it holds no text; write it as a string");
  if (d.size > limits_.members)
    fail(path, fmt::format("it has {} texts; at most {} are read", d.size, limits_.members));
  Array<std::string> result{std::move(d.shape), std::vector<std::string>(d.size)};
  if (d.size == 0) return result;
  const auto refuse = [&] {
    fail(path, "its text cannot be read; it is damaged, write the file anew");
  };
  const auto too_long = [&](std::size_t size) {
    fail(path, fmt::format("a text of {} bytes; at most {} are read", size, limits_.text));
  };
  const Handle space(H5Dget_space(d.data.id()), H5Sclose);
  if (H5Tis_variable_str(d.type.id()) > 0) {
    // One after the other: many may refer to one long text, and the library copies it for each.
    const Handle type(H5Tcopy(d.type.id()), H5Tclose), one(H5Screate(H5S_SCALAR), H5Sclose);
    std::vector<hsize_t> place(result.shape.size(), 0);
    for (std::string& value : result.values) {
      if (!place.empty()) H5Sselect_elements(space.id(), H5S_SELECT_SET, 1, place.data());
      char* text = nullptr;
      if (H5Dread(d.data.id(), type.id(), one.id(), space.id(), H5P_DEFAULT, &text) < 0) refuse();
      const std::size_t size = text ? std::strlen(text) : 0;
      if (size <= limits_.text) value.assign(text ? text : "", size);
      H5Dvlen_reclaim(type.id(), one.id(), H5P_DEFAULT, &text);
      if (size > limits_.text) too_long(size);
      for (std::size_t axis = place.size(); axis-- > 0 && ++place[axis] == result.shape[axis];)
        place[axis] = 0;
    }
  } else {
    const std::size_t width = H5Tget_size(d.type.id());
    if (width == 0) refuse();
    if (width > limits_.text) too_long(width);
    std::vector<char> bytes(width * d.size);
    if (H5Dread(d.data.id(), d.type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()) < 0)
      refuse();
    const bool blanks = H5Tget_strpad(d.type.id()) == H5T_STR_SPACEPAD;
    for (std::size_t k = 0; k < d.size; ++k) {
      std::string text(bytes.data() + k * width, width);
      text.resize(std::min(text.find('\0'), width));
      while (blanks && text.ends_with(' ')) text.pop_back();
      result.values[k] = std::move(text);
    }
  }
  return result;
}

std::string Reader::text(const std::string& path) const {
  Array<std::string> array = texts(path);
  if (array.values.size() != 1) fail(path, "one text is needed here; write a scalar");
  return std::move(array.values[0]);
}

std::optional<std::string> Reader::attribute_text(const std::string& path,
                                                  const std::string& name) const {
  if (!has(path)) fail(path, "it is missing");
  const Handle object(H5Oopen(handle_.id(), path.c_str(), H5P_DEFAULT), H5Oclose);
  if (!object.valid() || H5Aexists(object.id(), name.c_str()) <= 0) return std::nullopt;
  const Handle attribute(H5Aopen(object.id(), name.c_str(), H5P_DEFAULT), H5Aclose);
  const auto refuse = [&] {
    fail(path, fmt::format("its attribute {} is no text; write one string", name));
  };
  if (!attribute.valid()) refuse();
  const Handle type(H5Aget_type(attribute.id()), H5Tclose),
      space(H5Aget_space(attribute.id()), H5Sclose);
  if (H5Tget_class(type.id()) != H5T_STRING || H5Sget_simple_extent_npoints(space.id()) != 1)
    refuse();
  if (H5Tis_variable_str(type.id()) > 0) {
    char* text = nullptr;
    if (H5Aread(attribute.id(), type.id(), &text) < 0) refuse();
    const std::string value = text ? std::string(text, strnlen(text, limits_.text)) : "";
    H5Dvlen_reclaim(type.id(), space.id(), H5P_DEFAULT, &text);
    return value;
  }
  const std::size_t width = H5Tget_size(type.id());
  if (width == 0 || width > limits_.text) refuse();
  std::string value(width, '\0');
  if (H5Aread(attribute.id(), type.id(), value.data()) < 0) refuse();
  value.resize(std::min(value.find('\0'), width));
  while (value.ends_with(' ')) value.pop_back();
  return value;
}

}  // namespace retrograde::hdf5
