// The values and tables of a TOML file, with the place they stand at. Every reader below either
// returns something that is in range or throws ScenarioError with file, line, column, dotted key,
// what was found and what to write instead. A table knows which keys exist and which were read, so
// that nothing in a file is ever ignored.
//
// Both refer into the parsed document and to the file's name, which have to outlive them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <toml++/toml.h>
#include <vector>

#include <retrograde/events/time.hpp>
#include <retrograde/scenarios/io/units.hpp>

namespace retrograde {

// Which numbers are allowed.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_open = false, high_open = false;  // whether the ends are excluded

  static Range any() { return {}; }
  static Range positive() { return {0.0, std::numeric_limits<double>::infinity(), true, false}; }
  static Range not_negative() {
    return {0.0, std::numeric_limits<double>::infinity(), false, false};
  }

  bool contains(double x) const {
    return (low_open ? x > low : x >= low) && (high_open ? x < high : x <= high);
  }
  // "it must be above 0 and at most 1"; unit is appended to the numbers.
  std::string text(std::string_view unit = "") const;
};

class TomlTable;

// A number, of an integer the nearest double: toml++ gives none for integers beyond 2^53.
double number_of(const toml::node& node);

class TomlValue {
 public:
  TomlValue(const std::string& file, const toml::node& node, std::string path)
      : file_(&file), node_(&node), path_(std::move(path)) {}

  bool is_number() const { return node_->is_number(); }
  bool is_text() const { return node_->is_string(); }
  bool is_list() const { return node_->is_array(); }
  bool is_table() const { return node_->is_table(); }
  bool is_nan() const;

  // A finite number; integers count.
  double number(const Range& range = {}) const;
  // A time string in ms.
  Time time(const Range& range_in_ms = Range::not_negative()) const;
  // A rate string in 1/ms: "20 Hz".
  double rate(const Range& range_in_khz = Range::not_negative()) const;
  // An energy string in mJ, a power string in W.
  double energy(const Range& range_in_mj = Range::not_negative()) const;
  double power(const Range& range_in_w = Range::not_negative()) const;
  std::uint64_t integer(std::uint64_t low, std::uint64_t high) const;
  bool boolean() const;
  std::string text() const;
  // One of `names`, as its position.
  std::size_t choice(const std::vector<std::string>& names) const;
  std::vector<TomlValue> list() const;
  TomlTable table() const;

  // As in the file, shortened, for messages.
  std::string found() const;
  [[noreturn]] void fail(const std::string& message) const;

  const toml::node& node() const { return *node_; }

 private:
  double quantity(ParsedQuantity (*parse)(std::string_view), const char* what, const char* example,
                  const char* unit, const Range& range) const;

  const std::string* file_;
  const toml::node* node_;
  std::string path_;
};

class TomlTable {
 public:
  TomlTable(const std::string& file, const toml::table& table, std::string path)
      : file_(&file), table_(&table), path_(std::move(path)) {}

  // Declares all keys that exist; throws for the first one in the file that is none of them.
  void known(const std::vector<std::string>& keys) const;
  // The value of a key, which counts as read, if it is there.
  std::optional<TomlValue> find(std::string_view key);
  // The same; throws when it is absent. `example` is shown: "duration = \"40 ms\"".
  TomlValue require(std::string_view key, std::string_view example);
  // Whether the key is there; it does not count as read.
  bool has(std::string_view key) const { return table_->contains(key); }
  // All keys, in the order of the file.
  std::vector<std::string> keys() const;
  // Throws for the first key in the file that was never read: "KEY REASON".
  void finish(const std::string& reason) const;

  // The value where there is one, else the default.
  double number(std::string_view key, double otherwise, const Range& range = {});
  Time time(std::string_view key, Time otherwise, const Range& range_in_ms = Range::not_negative());
  std::uint32_t integer(std::string_view key, std::uint32_t otherwise, std::uint32_t low,
                        std::uint32_t high = std::numeric_limits<std::uint32_t>::max());
  bool boolean(std::string_view key, bool otherwise);
  std::string text(std::string_view key, std::string otherwise);
  // Tables under a key: [[key]] as often as it stands there; [key] at most once.
  std::vector<TomlTable> tables(std::string_view key);
  std::optional<TomlTable> single(std::string_view key);

  // At the header of the table.
  [[noreturn]] void fail(const std::string& message) const;
  [[noreturn]] void fail_at_key(std::string_view key, const std::string& message) const;

 private:
  std::string path_of(std::string_view key) const;

  const std::string* file_;
  const toml::table* table_;
  std::string path_;
  std::set<std::string, std::less<>> read_;
};

// Parses a file's text; throws ScenarioError for anything that is not TOML. `manual` shows how such
// a file looks, for the message.
toml::table parse_toml(const std::string& text, const std::string& file,
                       const char* manual = "docs/scenario.md");
// The opposite: keys in alphabetical order, without comments.
std::string toml_text(const toml::table& table);

}  // namespace retrograde
