#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <sstream>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/suggest.hpp>
#include <retrograde/scenarios/io/toml/known_keys.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/io/units.hpp>

namespace retrograde {

namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// Shortened at a whole character, without what could confuse a terminal.
std::string printable(std::string_view text) {
  constexpr std::size_t most = 40;
  std::string shown;
  for (const char c : text) {
    if (shown.size() >= most && (static_cast<unsigned char>(c) & 0xc0) != 0x80)
      return shown + "...";
    shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  }
  return shown;
}

std::string in_quotes(std::string_view text) { return '"' + printable(text) + '"'; }

// The key of a table that comes first in the file among those that `wanted` picks; null if none.
template <typename Wanted>
const toml::key* first_key(const toml::table& table, const Wanted& wanted) {
  const toml::key* first = nullptr;
  for (const auto& [key, value] : table) {
    if (!wanted(key.str())) continue;
    if (first == nullptr || key.source().begin < first->source().begin) first = &key;
  }
  return first;
}

// Throws at a place of `file`, or of the file that a node knows to be from: an included one, or the
// option --set, which has no lines.
[[noreturn]] void throw_at(const toml::source_region& at, const std::string& file, std::string key,
                           const std::string& message) {
  const std::string& from = at.path ? *at.path : file;
  const bool lines = !from.starts_with("--");
  throw ScenarioError(from, lines ? at.begin.line : 0, lines ? at.begin.column : 0, std::move(key),
                      message);
}

// toml++ bounds the nesting of values but not that of dotted keys, and takes both apart
// recursively: a hostile key would exhaust the stack.
void reject_deep_keys(std::string_view text, const std::string& file) {
  constexpr int most = 16;
  int dots = 0;
  std::size_t k = 0;
  const auto starts = [&](std::string_view what) { return text.substr(k).starts_with(what); };
  const auto skip_string = [&] {
    const char quote = text[k];
    const std::string triple(3, quote);
    const bool lines = starts(triple);
    const std::string_view end =
        lines ? std::string_view(triple) : std::string_view(triple).substr(0, 1);
    for (k += end.size(); k < text.size() && !starts(end) && (lines || text[k] != '\n'); ++k)
      if (quote == '"' && text[k] == '\\') ++k;
    if (k >= text.size() || text[k] == '\n') return;
    k += end.size();
    // Up to two quotes more belong to the string's end.
    for (int extra = 0; lines && extra < 2 && k < text.size() && text[k] == quote; ++extra) ++k;
  };
  while (k < text.size()) {
    const char c = text[k];
    if (c == '"' || c == '\'') {
      skip_string();
      continue;
    }
    if (c == '#') {
      k = std::min(text.find('\n', k), text.size());
      continue;
    }
    if (c == '\n' || c == '=' || c == ',' || c == '[' || c == '{') dots = 0;
    if (c == '.' && ++dots > most) {
      const auto before = text.substr(0, k);
      const auto line = 1 + std::count(before.begin(), before.end(), '\n');
      const auto column = k - (before.rfind('\n') + 1) + 1;  // npos + 1 is 0
      throw ScenarioError(
          file, static_cast<std::uint32_t>(line), static_cast<std::uint32_t>(column), "",
          fmt::format("a key of more than {} parts; no file has keys this deep, remove it", most));
    }
    ++k;
  }
}

}  // namespace

std::string Range::text(std::string_view unit) const {
  const auto with_unit = [&](double x) {
    return unit.empty() ? fmt::format("{:.9g}", x) : fmt::format("{:.9g} {}", x, unit);
  };
  std::string text;
  if (std::isfinite(low)) text += (low_open ? "above " : "at least ") + with_unit(low);
  if (std::isfinite(high))
    text += (text.empty() ? "" : " and ") + std::string(high_open ? "below " : "at most ") +
            with_unit(high);
  return "it must be " + (text.empty() ? "finite" : text);
}

bool TomlValue::is_nan() const {
  const auto* value = node_->as_floating_point();
  return value != nullptr && std::isnan(value->get());
}

double number_of(const toml::node& node) {
  if (const auto* whole = node.as_integer()) return static_cast<double>(whole->get());
  return node.as_floating_point()->get();
}

double TomlValue::number(const Range& range) const {
  if (is_text()) fail(fmt::format("{} is a string; write a plain number, without quotes", found()));
  if (!is_number()) fail(fmt::format("{} is no number; write one, such as 1.0", found()));
  const double value = number_of(*node_);
  if (!std::isfinite(value))
    fail(fmt::format("{} is not allowed here; write a finite number", found()));
  if (!range.contains(value)) fail(fmt::format("{} is out of range; {}", found(), range.text()));
  return value;
}

Time TomlValue::time(const Range& range) const {
  if (is_number())
    fail(fmt::format("{0} has no unit; write \"{0} ms\" if ms are meant (ns, us, ms, s, min)",
                     found()));
  return quantity(parse_time, "time", "10 ms", "ms", range);
}

double TomlValue::rate(const Range& range) const {
  return quantity(parse_rate, "rate", "20 Hz", "kHz", range);
}

double TomlValue::energy(const Range& range) const {
  return quantity(parse_energy, "energy", "10 pJ", "mJ", range);
}

double TomlValue::power(const Range& range) const {
  return quantity(parse_power, "power", "0.2 W", "W", range);
}

double TomlValue::quantity(ParsedQuantity (*parse)(std::string_view), const char* what,
                           const char* example, const char* unit, const Range& range) const {
  if (!is_text())
    fail(fmt::format("{} is no {}; write a string with a unit, such as \"{}\"", found(), what,
                     example));
  const ParsedQuantity parsed = parse(node_->as_string()->get());
  if (!parsed.problem.empty()) fail(parsed.problem);
  if (!range.contains(parsed.value))
    fail(fmt::format("{} is out of range; {}", found(), range.text(unit)));
  return parsed.value;
}

std::uint64_t TomlValue::integer(std::uint64_t low, std::uint64_t high) const {
  const auto* value = node_->as_integer();
  if (value == nullptr)
    fail(fmt::format("{} is no whole number; write one, such as {}", found(),
                     std::max<std::uint64_t>(low, 1)));
  if (value->get() < 0 || static_cast<std::uint64_t>(value->get()) < low ||
      static_cast<std::uint64_t>(value->get()) > high)
    fail(fmt::format("{} is out of range; it must be between {} and {}", found(), low, high));
  return static_cast<std::uint64_t>(value->get());
}

bool TomlValue::boolean() const {
  const auto* value = node_->as_boolean();
  if (value == nullptr)
    fail(fmt::format("{} is neither true nor false; write one of them, without quotes", found()));
  return value->get();
}

std::string TomlValue::text() const {
  const auto* value = node_->as_string();
  if (value == nullptr) fail(fmt::format("{} is no string; write it in quotes", found()));
  return value->get();
}

std::size_t TomlValue::choice(const std::vector<std::string>& names) const {
  const std::string given = text();
  const auto at = std::find(names.begin(), names.end(), given);
  if (at == names.end())
    fail(fmt::format("{} is none of {}{}", found(), joined(names), suggestion(given, names)));
  return static_cast<std::size_t>(at - names.begin());
}

std::vector<TomlValue> TomlValue::list() const {
  const auto* array = node_->as_array();
  if (array == nullptr)
    fail(fmt::format("{} is no list; write one in brackets: [..., ...]", found()));
  std::vector<TomlValue> values;
  values.reserve(array->size());
  for (std::size_t k = 0; k < array->size(); ++k)
    values.emplace_back(*file_, (*array)[k], fmt::format("{}[{}]", path_, k));
  return values;
}

TomlTable TomlValue::table() const {
  const auto* table = node_->as_table();
  if (table == nullptr) fail(fmt::format("{} is no table; write {{ key = value, ... }}", found()));
  return TomlTable(*file_, *table, path_);
}

std::string TomlValue::found() const {
  if (const auto* v = node_->as_string()) return in_quotes(v->get());
  if (const auto* v = node_->as_integer()) return fmt::format("{}", v->get());
  if (const auto* v = node_->as_floating_point()) return fmt::format("{}", v->get());
  if (const auto* v = node_->as_boolean()) return v->get() ? "true" : "false";
  if (const auto* v = node_->as_array())
    return v->size() == 1 ? "a list of one" : fmt::format("a list of {}", v->size());
  if (node_->is_table()) return "a table";
  return "a date or time of day";
}

void TomlValue::fail(const std::string& message) const {
  throw_at(node_->source(), *file_, path_, message);
}

std::string TomlTable::path_of(std::string_view key) const {
  return path_.empty() ? printable(key) : fmt::format("{}.{}", path_, printable(key));
}

void TomlTable::known(const std::vector<std::string>& keys) const {
  KnownKeys::tell(path_, keys);
  const toml::key* unknown = first_key(*table_, [&](std::string_view key) {
    return std::find(keys.begin(), keys.end(), key) == keys.end();
  });
  if (unknown == nullptr) return;
  const std::string close = suggestion(unknown->str(), keys);
  fail_at_key(unknown->str(), close.empty()
                                  ? fmt::format("unknown key; known here: {}", joined(keys))
                                  : "unknown key" + close);
}

std::optional<TomlValue> TomlTable::find(std::string_view key) {
  const toml::node* node = table_->get(key);
  if (node == nullptr) return std::nullopt;
  read_.emplace(key);
  return TomlValue(*file_, *node, path_of(key));
}

TomlValue TomlTable::require(std::string_view key, std::string_view example) {
  const auto value = find(key);
  if (!value) fail(fmt::format("{} is missing; write {}", key, example));
  return *value;
}

std::vector<std::string> TomlTable::keys() const {
  std::vector<const toml::key*> all;
  for (const auto& [key, value] : *table_) all.push_back(&key);
  std::sort(all.begin(), all.end(), [](const toml::key* a, const toml::key* b) {
    return a->source().begin < b->source().begin;
  });
  std::vector<std::string> names;
  names.reserve(all.size());
  for (const toml::key* key : all) names.emplace_back(key->str());
  return names;
}

void TomlTable::finish(const std::string& reason) const {
  const toml::key* unread =
      first_key(*table_, [&](std::string_view key) { return !read_.contains(key); });
  if (unread != nullptr) fail_at_key(unread->str(), reason);
}

double TomlTable::number(std::string_view key, double otherwise, const Range& range) {
  const auto value = find(key);
  return value ? value->number(range) : otherwise;
}

Time TomlTable::time(std::string_view key, Time otherwise, const Range& range) {
  const auto value = find(key);
  return value ? value->time(range) : otherwise;
}

std::uint32_t TomlTable::integer(std::string_view key, std::uint32_t otherwise, std::uint32_t low,
                                 std::uint32_t high) {
  const auto value = find(key);
  return value ? static_cast<std::uint32_t>(value->integer(low, high)) : otherwise;
}

bool TomlTable::boolean(std::string_view key, bool otherwise) {
  const auto value = find(key);
  return value ? value->boolean() : otherwise;
}

std::string TomlTable::text(std::string_view key, std::string otherwise) {
  const auto value = find(key);
  return value ? value->text() : std::move(otherwise);
}

std::vector<TomlTable> TomlTable::tables(std::string_view key) {
  std::vector<TomlTable> all;
  const auto value = find(key);
  if (!value) return all;
  if (!value->is_list())
    value->fail(
        fmt::format("there may be several of these; write [[{}]], in double brackets", key));
  for (const TomlValue& each : value->list()) {
    if (!each.is_table())
      each.fail(fmt::format("{} is no table; write [[{}]] and its keys below", each.found(), key));
    all.push_back(each.table());
  }
  return all;
}

std::optional<TomlTable> TomlTable::single(std::string_view key) {
  const auto value = find(key);
  if (!value) return std::nullopt;
  if (!value->is_table())
    value->fail(fmt::format("there is one of it; write [{}], in single brackets", path_of(key)));
  return value->table();
}

void TomlTable::fail(const std::string& message) const {
  toml::source_region at = table_->source();
  at.begin.line = std::max<toml::source_index>(1, at.begin.line);
  at.begin.column = std::max<toml::source_index>(1, at.begin.column);
  throw_at(at, *file_, path_, message);
}

void TomlTable::fail_at_key(std::string_view key, const std::string& message) const {
  const toml::key* found = first_key(*table_, [&](std::string_view k) { return k == key; });
  if (found == nullptr) fail(message);
  throw_at(found->source(), *file_, path_of(key), message);
}

namespace {

std::string printed(const toml::table& table) {
  std::ostringstream out;
  out << table << '\n';
  return out.str();
}

// The shortest text that reads as the same number, and as a float.
std::string shortest(double number) {
  std::string text = fmt::format("{}", number);
  return text.find_first_not_of("+-0123456789") == std::string::npos ? text + ".0" : text;
}

// Copies in which every float is a string, its text between two marks.
void mark_floats(const toml::node& from, const std::string& mark, const auto& insert);

toml::table with_marks(const toml::table& from, const std::string& mark) {
  toml::table to;
  to.is_inline(from.is_inline());
  for (const auto& [key, value] : from)
    mark_floats(value, mark, [&, &name = key](const auto& marked) { to.insert(name, marked); });
  return to;
}

toml::array with_marks(const toml::array& from, const std::string& mark) {
  toml::array to;
  for (const toml::node& value : from)
    mark_floats(value, mark, [&](const auto& marked) { to.push_back(marked); });
  return to;
}

void mark_floats(const toml::node& from, const std::string& mark, const auto& insert) {
  if (const auto* number = from.as_floating_point())
    insert(mark + shortest(number->get()) + mark);
  else if (const auto* table = from.as_table())
    insert(with_marks(*table, mark));
  else if (const auto* array = from.as_array())
    insert(with_marks(*array, mark));
  else
    from.visit([&](const auto& other) { insert(other); });
}

}  // namespace

// The library prints 17 digits, 0.3 as 0.29999999999999999. So it prints marked strings, whose
// quotes and marks are taken off.
std::string toml_text(const toml::table& table) {
  std::string mark = "<float>";
  for (const std::string text = printed(table); text.find(mark) != std::string::npos;) mark += '>';
  const std::string text = printed(with_marks(table, mark));
  std::string result;
  std::size_t done = 0;
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, done)) {
    const std::size_t begin = at + mark.size(), end = text.find(mark, begin);
    result += text.substr(done, at - 1 - done) + text.substr(begin, end - begin);
    done = end + mark.size() + 1;
  }
  return result + text.substr(done);
}

toml::table parse_toml(const std::string& text, const std::string& file, const char* manual) {
  reject_deep_keys(text, file);
  try {
    return toml::parse(std::string_view(text), std::string_view(file));
  } catch (const toml::parse_error& e) {
    throw ScenarioError(file, e.source().begin.line, e.source().begin.column, "",
                        fmt::format("this is not valid TOML: {}; correct the file here "
                                    "({} shows how one looks)",
                                    e.description(), manual));
  }
}

}  // namespace retrograde
