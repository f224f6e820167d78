#include "tests/fuzz/described_hdf5.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <set>
#include <sstream>
#include <string_view>
#include <vector>

#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

namespace retrograde::fuzz {

namespace {

constexpr std::size_t most_values = 20'000;

// Whether the path can be made beside those that are there, and has only names that HDF5 keeps
// apart. Remembers the groups above it.
class Paths {
 public:
  bool add(const std::string& path, bool group) {
    if (path.size() < 2 || path.size() > 200 || path[0] != '/' || path.back() == '/' ||
        path.find('\0') != path.npos)
      return false;
    std::vector<std::string> above;
    for (std::size_t begin = 1; begin <= path.size();) {
      const std::size_t end = std::min(path.find('/', begin), path.size());
      const std::string_view name(path.data() + begin, end - begin);
      if (name.empty() || name == "." || name == "..") return false;
      if (end < path.size()) above.push_back(path.substr(0, end));
      begin = end + 1;
    }
    for (const std::string& a : above)
      if (datasets_.contains(a)) return false;
    if (groups_.contains(path) || datasets_.contains(path)) return false;
    groups_.insert(above.begin(), above.end());
    (group ? groups_ : datasets_).insert(path);
    return true;
  }

 private:
  std::set<std::string> groups_, datasets_;
};

// The extents in brackets; without them one, `count`.
hdf5::Shape shape_of(const std::string& brackets, bool given, std::size_t count) {
  if (!given) return {count};
  std::istringstream words(brackets);
  hdf5::Shape shape;
  for (std::uint64_t extent = 0; words >> extent;) shape.push_back(extent);
  return shape;
}

// 0: too many.
std::size_t size_of(const hdf5::Shape& shape) {
  std::uint64_t size = 1;
  for (const std::uint64_t extent : shape) {
    if (extent > most_values || (size *= extent) > most_values) return most_values + 1;
  }
  return size;
}

// Converted as h5py does it for numbers that fit; others become the nearest that does.
template <typename T>
std::vector<T> filled(const std::vector<std::string>& words, std::size_t size) {
  std::vector<T> values(size);
  for (std::size_t k = 0; k < size && !words.empty(); ++k) {
    const double value = std::strtod(words[k % words.size()].c_str(), nullptr);
    if constexpr (std::is_floating_point_v<T>) {
      values[k] = static_cast<T>(value);
    } else {
      constexpr auto low = static_cast<double>(std::numeric_limits<T>::min()),
                     high = static_cast<double>(std::numeric_limits<T>::max());
      values[k] = std::isnan(value) ? T{0}
                  : value <= low    ? std::numeric_limits<T>::min()
                  : value >= high   ? std::numeric_limits<T>::max()
                                    : static_cast<T>(value);
    }
  }
  return values;
}

}  // namespace

std::string described_hdf5(std::span<const std::uint8_t> bytes) {
  static const std::set<std::string_view> types = {"f64", "f32",  "i64",   "i32",
                                                   "u8",  "text", "fixed", "group"};
  std::istringstream lines(std::string(bytes.begin(), bytes.end()));
  hdf5::Writer out;
  Paths paths;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream in(line);
    std::string path, type, brackets;
    if (!(in >> path >> type) || !types.contains(type)) continue;
    const bool given = (in >> std::ws).peek() == '[';
    if (given && !std::getline(in.ignore(), brackets, ']')) continue;
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    const hdf5::Shape shape = shape_of(brackets, given, words.size());
    const std::size_t size = size_of(shape);
    if (size > most_values || !paths.add(path, type == "group")) continue;
    if (type == "group") {
      out.group(path);
    } else if (type == "text") {
      std::vector<std::string> values(std::min<std::size_t>(size, 100));
      for (std::size_t k = 0; k < values.size() && !words.empty(); ++k)
        values[k] = words[k % words.size()].c_str();  // up to the first NUL
      if (values.size() == 1)
        out.text(path, values[0]);
      else
        out.texts(path, values, {values.size()});
    } else if (type == "fixed") {
      const std::string value = words.empty() ? "" : words[0];
      out.fixed_text(path, value, std::max<std::size_t>(value.size(), 1));
    } else if (type == "f64") {
      out.numbers(path, filled<double>(words, size), shape);
    } else if (type == "f32") {
      out.numbers(path, filled<float>(words, size), shape);
    } else if (type == "i64") {
      out.numbers(path, filled<std::int64_t>(words, size), shape);
    } else if (type == "i32") {
      out.numbers(path, filled<std::int32_t>(words, size), shape);
    } else {
      out.numbers(path, filled<std::uint8_t>(words, size), shape);
    }
  }
  return out.bytes();
}

}  // namespace retrograde::fuzz
