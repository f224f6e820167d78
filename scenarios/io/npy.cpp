#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <string_view>
#include <type_traits>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/npy.hpp>

namespace retrograde {

namespace {

static_assert(std::endian::native == std::endian::little, "values are copied as they lie");

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t most_axes = 32;                          // numpy's own limit
constexpr std::uint64_t most_values = std::uint64_t{1} << 40;  // more than any file we read holds

constexpr const char* saved_anew = "save it anew with numpy.save(file, array.astype('<f8'))";

struct Header {
  std::string type;
  bool fortran_order = false;
  std::vector<std::size_t> shape;
  std::size_t type_at = 0, shape_at = 0;  // offsets in the file
};

// The header is a dictionary as Python writes one, of exactly three keys in any order:
// {'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }
class HeaderReader {
 public:
  // `begin`: where `text` begins in the file.
  HeaderReader(std::string_view text, std::size_t begin, const std::string& file)
      : text_(text), begin_(begin), file_(file) {}

  Header read() {
    expect('{');
    while (!take('}')) {
      read_entry();
      if (take(',')) continue;
      expect('}');
      break;
    }
    skip_blanks();
    if (at_ != text_.size()) fail("more than a dictionary");
    if (!has_type_ || !has_order_ || !has_shape_)
      fail("it lacks one of 'descr', 'fortran_order' and 'shape'");
    return std::move(header_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw FormatError(
        file_, begin_ + at_,
        fmt::format("the header of a .npy file cannot be read: {}; {}", what, saved_anew));
  }
  std::size_t place() const { return begin_ + at_; }
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool take(char c) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) fail(fmt::format("'{}' is expected here", c));
  }
  std::string quoted() {
    skip_blanks();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '\'' && quote != '"') fail("a word in quotes is expected here");
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == text_.npos) fail("a quote has no end");
    const std::string word(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return word;
  }

  void read_entry() {
    const std::string key = quoted();
    expect(':');
    skip_blanks();
    if (key == "descr" && !std::exchange(has_type_, true)) {
      header_.type_at = place();
      if (at_ < text_.size() && text_[at_] == '[') fail("an array of records is not read");
      header_.type = quoted();
    } else if (key == "fortran_order" && !std::exchange(has_order_, true)) {
      header_.fortran_order = take_word("True");
      if (!header_.fortran_order && !take_word("False")) fail("True or False is expected here");
    } else if (key == "shape" && !std::exchange(has_shape_, true)) {
      header_.shape_at = place();
      read_shape();
    } else {
      fail(fmt::format("a key '{}' that it has twice, or that no such file has", key));
    }
  }

  bool take_word(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  void read_shape() {
    expect('(');
    while (!take(')')) {
      skip_blanks();
      std::size_t size = 0, digits = 0;
      for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_, ++digits) {
        size = 10 * size + static_cast<std::size_t>(text_[at_] - '0');
        if (size > most_values) fail("an axis is longer than any file");
      }
      if (digits == 0) fail("a length is expected here");
      if (header_.shape.size() == most_axes) fail("more axes than numpy has");
      header_.shape.push_back(size);
      if (take(',')) continue;
      expect(')');
      break;
    }
  }

  std::string_view text_;
  std::size_t begin_, at_ = 0;
  const std::string& file_;
  Header header_;
  bool has_type_ = false, has_order_ = false, has_shape_ = false;
};

// Reads the header; `data` becomes where the values begin.
Header header_of(std::span<const std::uint8_t> bytes, const std::string& file, std::size_t& data) {
  const auto cut = [&] {
    return FormatError(file, bytes.size(),
                       "the file ends inside the header of .npy: get the file again");
  };
  const std::size_t known = std::min(bytes.size(), magic.size());
  for (std::size_t k = 0; k < known; ++k)
    if (bytes[k] != static_cast<std::uint8_t>(magic[k]))
      throw FormatError(file, k,
                        "not a .npy file of numpy, which begins with \\x93NUMPY; save the array "
                        "with numpy.save(file, array) (numpy.savez writes another format)");
  if (bytes.size() < magic.size() + 2) throw cut();
  const unsigned version = bytes[magic.size()];
  if (version < 1 || version > 3)
    throw FormatError(
        file, magic.size(),
        fmt::format("version {} of .npy, but only 1 to 3 can be read; {}", version, saved_anew));
  const std::size_t width = version == 1 ? 2 : 4;
  const std::size_t begin = magic.size() + 2 + width;
  if (bytes.size() < begin) throw cut();
  std::size_t length = 0;
  for (std::size_t k = 0; k < width; ++k)
    length |= std::size_t{bytes[magic.size() + 2 + k]} << (8 * k);
  if (bytes.size() - begin < length) throw cut();
  data = begin + length;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + begin, length);
  return HeaderReader(text, begin, file).read();
}

// The place in C order of each value of an array whose first axis runs fastest.
std::size_t c_place(std::size_t fortran_place, const std::vector<std::size_t>& shape,
                    std::size_t count) {
  std::size_t place = 0, stride = count;
  for (const std::size_t length : shape) {
    stride /= length;
    place += fortran_place % length * stride;
    fortran_place /= length;
  }
  return place;
}

// Numbers beyond this are no longer all doubles.
constexpr double largest_whole = 9007199254740992.0;

template <typename Number>
Number number_at(const std::uint8_t* at, bool big_endian) {
  std::array<std::uint8_t, sizeof(Number)> bytes;
  std::copy_n(at, sizeof(Number), bytes.begin());
  if (big_endian) std::reverse(bytes.begin(), bytes.end());
  return std::bit_cast<Number>(bytes);
}

template <typename Number>
std::vector<double> values_of(std::span<const std::uint8_t> bytes, std::size_t data,
                              const Header& header, std::size_t count, const std::string& file) {
  std::vector<double> values(count);
  const bool big_endian = header.type[0] == '>';
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t at = data + k * sizeof(Number);
    const auto value = number_at<Number>(bytes.data() + at, big_endian);
    const auto nearest = static_cast<double>(value);
    const std::size_t place = header.fortran_order ? c_place(k, header.shape, count) : k;
    if (!std::isfinite(nearest))
      throw FormatError(file, at,
                        fmt::format("{} of the array is {}; take out what is not a number",
                                    place_in(header.shape, place), value));
    if (std::is_integral_v<Number> && std::fabs(nearest) > largest_whole)
      throw FormatError(file, at,
                        fmt::format("{} of the array is {}, and whole numbers beyond 2^53 are not "
                                    "read exactly; make it smaller",
                                    place_in(header.shape, place), value));
    values[place] = nearest;
  }
  return values;
}

// How the numbers of a type are read.
struct NumberReader {
  std::string_view type;  // without the order of bytes
  std::size_t bytes;
  decltype(&values_of<double>) read;
};
constexpr NumberReader number_readers[] = {
    {"f8", 8, values_of<double>},       {"f4", 4, values_of<float>},
    {"i8", 8, values_of<std::int64_t>}, {"u8", 8, values_of<std::uint64_t>},
    {"i4", 4, values_of<std::int32_t>}, {"u4", 4, values_of<std::uint32_t>},
    {"i2", 2, values_of<std::int16_t>}, {"u2", 2, values_of<std::uint16_t>},
    {"i1", 1, values_of<std::int8_t>},  {"u1", 1, values_of<std::uint8_t>},
    {"b1", 1, values_of<std::uint8_t>}};

const NumberReader& reader_of(const Header& header, const std::string& file) {
  const std::string_view type = header.type;
  const bool ordered = type.starts_with('<') || type.starts_with('>');
  for (const NumberReader& reader : number_readers)
    if ((ordered || (type.starts_with('|') && reader.bytes == 1)) && type.substr(1) == reader.type)
      return reader;
  throw FormatError(file, header.type_at,
                    fmt::format("an array of type '{}', but only truth values, whole numbers, "
                                "float32 and float64 can be read; {}",
                                header.type, saved_anew));
}

std::uint64_t count_of(const Header& header, bool may_be_empty, const std::string& file) {
  std::uint64_t count = 1;
  for (const std::size_t length : header.shape) {
    if (length == 0 && !may_be_empty)
      throw FormatError(file, header.shape_at, "an axis of the array is empty");
    if (length > 0 && count > most_values / length)
      throw FormatError(file, header.shape_at, "the shape announces more than any file holds");
    count *= length;
  }
  return count;
}

}  // namespace

std::string place_in(const std::vector<std::size_t>& shape, std::size_t k) {
  if (shape.size() != 2) return fmt::format("value {}", k);
  return fmt::format("row {}, column {}", k / shape[1], k % shape[1]);
}

NumericArray parse_npy(std::span<const std::uint8_t> bytes, const std::string& file,
                       bool may_be_empty) {
  std::size_t data = 0;
  Header header = header_of(bytes, file, data);
  const NumberReader& reader = reader_of(header, file);
  const std::uint64_t count = count_of(header, may_be_empty, file);
  const std::uint64_t wanted = count * reader.bytes;
  const std::uint64_t found = bytes.size() - data;
  if (found < wanted)
    throw FormatError(file, bytes.size(),
                      fmt::format("the file ends early: the shape announces {} bytes of data, {} "
                                  "are there; get the file again",
                                  wanted, found));
  if (found > wanted)
    throw FormatError(file, data + wanted,
                      fmt::format("{} bytes follow the end of the array: header and data do not "
                                  "belong together",
                                  found - wanted));
  NumericArray array;
  array.values = reader.read(bytes, data, header, count, file);
  array.shape = std::move(header.shape);
  return array;
}

std::string npy_bytes(const NumericArray& array) {
  std::string shape;
  std::size_t count = 1;
  for (const std::size_t length : array.shape) {
    shape += fmt::format("{}, ", length);
    count *= length;
  }
  if (count != array.values.size())
    throw InternalError("an array has not as many values as its shape says");
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}",
                                   array.whole ? "<i8" : "<f8", shape);
  // The values begin at a multiple of 64 bytes, for whoever maps the file into memory.
  constexpr std::size_t alignment = 64, before = 10;
  header.resize((before + header.size() + 1 + alignment - 1) / alignment * alignment - before - 1,
                ' ');
  header += '\n';
  std::string bytes(magic);
  bytes += std::string{'\1', '\0', static_cast<char>(header.size() & 0xff),
                       static_cast<char>(header.size() >> 8)};
  bytes += header;
  const std::size_t data = bytes.size();
  bytes.resize(data + count * sizeof(double));
  for (std::size_t k = 0; k < count; ++k) {
    const auto whole = static_cast<std::int64_t>(array.whole ? array.values[k] : 0.0);
    const void* const from = array.whole ? static_cast<const void*>(&whole) : &array.values[k];
    std::memcpy(bytes.data() + data + k * sizeof(double), from, sizeof(double));
  }
  return bytes;
}

NumericArray read_npy(const std::filesystem::path& path) {
  return parse_npy(read_file(path), path.string());
}

}  // namespace retrograde
