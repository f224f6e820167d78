#include <cstdint>
#include <fmt/format.h>
#include <sstream>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/toml_edit.hpp>

namespace retrograde {

namespace {

// Byte at which a line and column of toml++ (both from 1, columns in code points) begin.
std::optional<std::size_t> offset_of(std::string_view text, toml::source_position at) {
  std::size_t offset = 0;
  for (std::uint32_t line = 1; line < at.line; ++line) {
    const std::size_t end = text.find('\n', offset);
    if (end == std::string_view::npos) return std::nullopt;
    offset = end + 1;
  }
  for (std::uint32_t column = 1; column < at.column; ++column) {
    if (offset >= text.size()) return std::nullopt;
    ++offset;
    while (offset < text.size() && (static_cast<unsigned char>(text[offset]) & 0xc0) == 0x80)
      ++offset;
  }
  return offset;
}

// The value alone, as a document of one key.
toml::table parsed(const std::string& value, const std::string& file) {
  return parse_toml("value = " + value + "\n", file);
}

bool stands(const toml::table& document, const TomlEntry& entry, const std::string& file) {
  const toml::node* found = document[entry.table][entry.key].node();
  if (found == nullptr) return false;
  toml::table alone;
  alone.insert("value", *found);
  return toml_text(alone) == toml_text(parsed(entry.value, file));
}

void insert(toml::table& document, const TomlEntry& entry, const std::string& file) {
  if (document.get(entry.table) == nullptr) document.insert(entry.table, toml::table{});
  const toml::table value = parsed(entry.value, file);
  document[entry.table].as_table()->insert_or_assign(entry.key, *value.get("value"));
}

// The text with one more entry; nothing where its form is not known.
std::optional<std::string> edited(const std::string& text, const std::string& file,
                                  const TomlEntry& entry) {
  try {
    const toml::table now = parse_toml(text, file);
    if (const toml::table* table = now[entry.table].as_table())
      return with_value(text, *table, entry.key, entry.value);
    return fmt::format("{}{}\n[{}]\n{} = {}\n", text, text.ends_with('\n') ? "" : "\n", entry.table,
                       entry.key, entry.value);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

std::string written_number(std::string_view text, const toml::node& number) {
  const auto begin = offset_of(text, number.source().begin);
  if (begin) {
    const std::string_view rest = text.substr(*begin);
    std::string word(rest.substr(0, rest.find_first_not_of("+-_.0123456789abcdefABCDEFnotxi")));
    try {
      const toml::table alone = toml::parse("value = " + word);
      const toml::node* node = alone.get("value");
      if (node && node->is_number() && number_of(*node) == number_of(number)) return word;
    } catch (const toml::parse_error&) {
    }
  }
  if (const auto* whole = number.as_integer()) return fmt::format("{}", whole->get());
  return fmt::format("{}", number_of(number));
}

std::optional<std::string> with_value(const std::string& text, const toml::table& table,
                                      std::string_view key, const std::string& value) {
  if (const toml::node* old = table.get(key)) {
    const auto begin = offset_of(text, old->source().begin),
               end = offset_of(text, old->source().end);
    if (!begin || !end || *end < *begin) return std::nullopt;
    return text.substr(0, *begin) + value + text.substr(*end);
  }
  const auto header = offset_of(text, table.source().begin);
  if (!header || *header >= text.size()) return std::nullopt;
  if (text[*header] == '{')
    return fmt::format("{} {} = {},{}", text.substr(0, *header + 1), key, value,
                       text.substr(*header + 1));
  if (text[*header] != '[') return std::nullopt;
  const std::size_t line_end = text.find('\n', *header);
  if (line_end == std::string::npos) return std::nullopt;
  return fmt::format("{}{} = {}\n{}", text.substr(0, line_end + 1), key, value,
                     text.substr(line_end + 1));
}

std::string toml_string(const std::string& text) {
  std::ostringstream out;
  out << toml::value<std::string>(text);
  return out.str();
}

std::string with_entries(const std::string& text, const std::string& file,
                         const std::vector<TomlEntry>& entries) {
  // What the document has to say.
  toml::table wanted = parse_toml(text, file);
  std::vector<TomlEntry> missing;
  for (const TomlEntry& entry : entries)
    if (!stands(wanted, entry, file)) missing.push_back(entry);
  if (missing.empty()) return text;
  for (const TomlEntry& entry : missing) insert(wanted, entry, file);

  // The text, edited, if it says that.
  std::optional<std::string> result = text;
  for (const TomlEntry& entry : missing)
    if (result) result = edited(*result, file, entry);
  try {
    if (result && toml_text(parse_toml(*result, file)) == toml_text(wanted)) return *result;
  } catch (const Error&) {
  }
  return toml_text(wanted);
}

}  // namespace retrograde
