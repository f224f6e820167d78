#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/arrays/array_file.hpp>
#include <retrograde/scenarios/io/arrays/zip.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/csv.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>
#include <retrograde/scenarios/io/suggest.hpp>

namespace retrograde {

class ArrayFile::Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;
  virtual ArrayFormat format() const = 0;
  virtual std::vector<std::string> names() const = 0;
  virtual NumericArray read(const std::string& name) const = 0;
  virtual std::optional<std::string> attribute(const std::string& /*array*/,
                                               const std::string& /*name*/) const {
    return std::nullopt;
  }
};

namespace {

using Bytes = std::vector<std::uint8_t>;

class NpySource : public ArrayFile::Source {
 public:
  NpySource(Bytes bytes, std::string file) : bytes_(std::move(bytes)), file_(std::move(file)) {}
  ArrayFormat format() const override { return ArrayFormat::npy; }
  std::vector<std::string> names() const override { return {""}; }
  NumericArray read(const std::string&) const override { return parse_npy(bytes_, file_, true); }

 private:
  Bytes bytes_;
  std::string file_;
};

constexpr std::string_view npy_ending = ".npy";

class NpzSource : public ArrayFile::Source {
 public:
  NpzSource(Bytes bytes, const std::string& file) : zip_(std::move(bytes), file), file_(file) {}
  ArrayFormat format() const override { return ArrayFormat::npz; }
  std::vector<std::string> names() const override {
    std::vector<std::string> names;
    for (std::string name : zip_.names()) {
      if (!name.ends_with(npy_ending)) continue;
      name.resize(name.size() - npy_ending.size());
      names.push_back(std::move(name));
    }
    return names;
  }
  NumericArray read(const std::string& name) const override {
    const std::string entry = name + std::string(npy_ending);
    return parse_npy(zip_.read(entry), fmt::format("{}/{}", file_, entry), true);
  }

 private:
  ZipReader zip_;
  std::string file_;
};

class Hdf5Source : public ArrayFile::Source {
 public:
  explicit Hdf5Source(const std::filesystem::path& path) : reader_(path, limits()) {}
  Hdf5Source(const Bytes& bytes, const std::string& file) : reader_(bytes, file, limits()) {}
  ArrayFormat format() const override { return ArrayFormat::hdf5; }
  std::vector<std::string> names() const override {
    std::vector<std::string> names;
    collect("/", 0, names);
    return names;
  }
  NumericArray read(const std::string& name) const override {
    const std::string path = "/" + name;
    hdf5::Array<double> read = reader_.numbers(path);
    const std::vector<std::size_t> shape(read.shape.begin(), read.shape.end());
    for (std::size_t k = 0; k < read.values.size(); ++k)
      if (!std::isfinite(read.values[k]))
        reader_.fail(path, fmt::format("{} is {}; take out what is not a number",
                                       place_in(shape, k), read.values[k]));
    return {shape, std::move(read.values)};
  }
  std::optional<std::string> attribute(const std::string& array,
                                       const std::string& name) const override {
    return reader_.attribute_text("/" + array, name);
  }

 private:
  static constexpr std::size_t most_depth = 32, most_names = 100'000;
  static hdf5::Limits limits() { return {std::uint64_t{1} << 29}; }

  void collect(const std::string& group, std::size_t depth, std::vector<std::string>& names) const {
    if (depth > most_depth)
      reader_.fail(group,
                   fmt::format("it lies in more than {} groups; write it further up", most_depth));
    for (const std::string& member : reader_.members(group)) {
      const std::string path = hdf5::joined(group, member);
      if (reader_.is_group(path))
        collect(path, depth + 1, names);
      else
        names.push_back(path.substr(1));
      if (names.size() > most_names)
        reader_.fail(group, fmt::format("with it the file has more than {} datasets; make fewer "
                                        "and larger ones",
                                        most_names));
    }
  }

  hdf5::Reader reader_;
};

class MemorySource : public ArrayFile::Source {
 public:
  MemorySource(std::shared_ptr<const std::vector<NamedArray>> arrays, std::string file)
      : arrays_(std::move(arrays)), file_(std::move(file)) {}
  ArrayFormat format() const override {
    return arrays_->size() == 1 && arrays_->front().name.empty() ? ArrayFormat::npy
                                                                 : ArrayFormat::npz;
  }
  std::vector<std::string> names() const override {
    std::vector<std::string> names;
    for (const NamedArray& each : *arrays_) names.push_back(each.name);
    return names;
  }
  NumericArray read(const std::string& name) const override {
    const NumericArray& array = std::ranges::find(*arrays_, name, &NamedArray::name)->array;
    for (std::size_t k = 0; k < array.values.size(); ++k)
      if (!std::isfinite(array.values[k]))
        throw FormatError(
            file_, name,
            fmt::format("value {} is {}; take out what is not a number", k, array.values[k]));
    return array;
  }

 private:
  std::shared_ptr<const std::vector<NamedArray>> arrays_;
  std::string file_;
};

bool is_number(std::string_view cell) {
  return !cell.empty() && cell.find_first_not_of("0123456789+-.eE") == std::string_view::npos;
}

class CsvSource : public ArrayFile::Source {
 public:
  CsvSource(const Bytes& bytes, std::string file)
      : text_(bytes.begin(), bytes.end()),
        file_(std::move(file)),
        separator_(separator_of(text_, ",\t;")) {
    CsvReader reader = begin();
    if (!reader.next())
      throw FormatError(file_, text_.size(),
                        "it has no line; the first line names the columns: source,target,weight");
    for (const std::string_view cell : reader.cells()) {
      if (is_number(cell) || cell.empty())
        reader.fail(
            fmt::format("\"{}\" is no name of a column; begin the file with a line that "
                        "names the columns, such as source,target,weight",
                        cell));
      if (std::find(names_.begin(), names_.end(), cell) != names_.end())
        reader.fail(fmt::format("two columns are called {}; give them different names", cell));
      names_.emplace_back(cell);
    }
  }
  ArrayFormat format() const override { return ArrayFormat::csv; }
  std::vector<std::string> names() const override { return names_; }
  NumericArray read(const std::string& name) const override {
    const auto column =
        static_cast<std::size_t>(std::find(names_.begin(), names_.end(), name) - names_.begin());
    NumericArray array;
    CsvReader reader = begin();
    reader.next();
    while (reader.next()) array.values.push_back(reader.number(column, name));
    array.shape = {array.values.size()};
    return array;
  }

 private:
  CsvReader begin() const { return {text_, file_, separator_}; }

  std::string text_, file_;
  char separator_;
  std::vector<std::string> names_;
};

std::unique_ptr<ArrayFile::Source> source_of(Bytes bytes, const std::string& file) {
  if (hdf5::is_hdf5(bytes)) return std::make_unique<Hdf5Source>(bytes, file);
  if (is_zip(bytes)) return std::make_unique<NpzSource>(std::move(bytes), file);
  if (!bytes.empty() && bytes[0] == 0x93)
    return std::make_unique<NpySource>(std::move(bytes), file);
  if (const auto zero = std::find(bytes.begin(), bytes.end(), 0); zero != bytes.end())
    throw FormatError(file, static_cast<std::uint64_t>(zero - bytes.begin()),
                      "it is neither an array file of numpy (NPY, NPZ) nor HDF5 nor text (CSV); "
                      "write one of these");
  return std::make_unique<CsvSource>(bytes, file);
}

std::unique_ptr<ArrayFile::Source> source_of(const std::filesystem::path& path) {
  constexpr std::size_t signature = 8;
  if (std::filesystem::is_regular_file(path) && hdf5::is_hdf5(read_beginning(path, signature)))
    return std::make_unique<Hdf5Source>(path);
  return source_of(read_file(path), path.string());
}

}  // namespace

ArrayFile::ArrayFile(const std::filesystem::path& path)
    : file_(path.string()), source_(source_of(path)), names_(source_->names()) {}
ArrayFile::ArrayFile(std::vector<std::uint8_t> bytes, std::string file)
    : file_(std::move(file)),
      source_(source_of(std::move(bytes), file_)),
      names_(source_->names()) {}
ArrayFile::ArrayFile(std::shared_ptr<const std::vector<NamedArray>> arrays, std::string file)
    : file_(std::move(file)),
      source_(std::make_unique<MemorySource>(std::move(arrays), file_)),
      names_(source_->names()) {}
ArrayFile::ArrayFile(ArrayFile&&) noexcept = default;
ArrayFile::~ArrayFile() = default;

ArrayFormat ArrayFile::format() const { return source_->format(); }

bool ArrayFile::has(const std::string& name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

NumericArray ArrayFile::read(const std::string& name) const {
  if (has(name)) return source_->read(name);
  if (format() == ArrayFormat::npy)
    throw FormatError(file_, 0,
                      fmt::format("an .npy file holds one array without a name, not {}; leave the "
                                  "name out, or save it with numpy.savez",
                                  name));
  if (names_.empty())
    throw FormatError(file_, 0, fmt::format("it holds no array, and {} is needed", name));
  constexpr std::size_t shown = 20;
  const std::size_t count = std::min(names_.size(), shown);
  throw FormatError(
      file_, 0,
      fmt::format(
          "it has no array called \"{}\"{}; there are: {}{}", name, suggestion(name, names_),
          fmt::join(names_.begin(), names_.begin() + static_cast<std::ptrdiff_t>(count), ", "),
          names_.size() > count ? ", and more" : ""));
}

std::optional<std::string> ArrayFile::attribute(const std::string& array,
                                                const std::string& name) const {
  return source_->attribute(array, name);
}

// --- writing ---

namespace {

std::vector<std::int64_t> whole_numbers(const std::vector<double>& values) {
  std::vector<std::int64_t> whole;
  whole.reserve(values.size());
  for (const double value : values) whole.push_back(static_cast<std::int64_t>(value));
  return whole;
}

std::string npz_bytes(std::span<const NamedArray> arrays) {
  ZipWriter zip;
  for (const auto& [name, array] : arrays)
    zip.add(name + std::string(npy_ending), npy_bytes(array));
  return zip.bytes();
}

std::string hdf5_bytes(std::span<const NamedArray> arrays) {
  hdf5::Writer writer;
  for (const auto& [name, array] : arrays) {
    const hdf5::Shape shape(array.shape.begin(), array.shape.end());
    if (array.whole)
      writer.numbers("/" + name, std::span<const std::int64_t>(whole_numbers(array.values)), shape);
    else
      writer.numbers("/" + name, std::span<const double>(array.values), shape);
  }
  return writer.bytes();
}

std::string csv_bytes(std::span<const NamedArray> arrays) {
  std::string text;
  const std::size_t rows = arrays.empty() ? 0 : arrays[0].array.values.size();
  for (const auto& [name, array] : arrays) {
    if (array.shape != std::vector<std::size_t>{rows})
      throw InternalError("columns of CSV have one axis and one length");
    if (!text.empty()) text += ',';
    text += csv_field(name);
  }
  text += '\n';
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t k = 0; k < arrays.size(); ++k) {
      const NumericArray& array = arrays[k].array;
      if (array.whole)
        fmt::format_to(std::back_inserter(text), "{}",
                       static_cast<std::int64_t>(array.values[row]));
      else
        fmt::format_to(std::back_inserter(text), "{}", array.values[row]);
      text += k + 1 < arrays.size() ? ',' : '\n';
    }
  return text;
}

}  // namespace

std::optional<ArrayFormat> array_format_of(const std::filesystem::path& path) {
  const std::string ending = path.extension().string();
  if (ending == npy_ending) return ArrayFormat::npy;
  if (ending == ".npz") return ArrayFormat::npz;
  if (ending == ".h5" || ending == ".hdf5") return ArrayFormat::hdf5;
  if (ending == ".csv") return ArrayFormat::csv;
  return std::nullopt;
}

std::string array_file_bytes(ArrayFormat format, std::span<const NamedArray> arrays) {
  switch (format) {
    case ArrayFormat::npy:
      if (arrays.size() != 1) throw InternalError("an .npy file holds one array");
      return npy_bytes(arrays[0].array);
    case ArrayFormat::npz:
      return npz_bytes(arrays);
    case ArrayFormat::hdf5:
      return hdf5_bytes(arrays);
    case ArrayFormat::csv:
      return csv_bytes(arrays);
  }
  throw InternalError("an unknown format of arrays");
}

void write_arrays(const std::filesystem::path& path, ArrayFormat format,
                  std::span<const NamedArray> arrays) {
  write_file(path, array_file_bytes(format, arrays));
}

}  // namespace retrograde
