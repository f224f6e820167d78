// resolved_text: the scenario as text that gives the same network again. The user's text stays as
// it is, comments included; only what came from elsewhere is put in: the seed, the name, and which
// network file it was.
#include <cstdint>
#include <fmt/format.h>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

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

// Replaces the value of a key in a table, or writes the key below its header, or first into { }.
// Nothing when the text has another form than these.
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

}  // namespace

std::string resolved_text(const Scenario& scenario) {
  const toml::table original = parse_toml(scenario.text, scenario.file);
  // Values that have to stand in the text: table, key, value. A seed that a TOML integer cannot
  // hold is a string.
  struct Entry {
    const char *table, *key;
    std::string text;
    std::optional<std::int64_t> number;
  };
  std::vector<Entry> entries = {{"scenario", "seed", fmt::format("{}", scenario.seed), {}},
                                {"scenario", "name", scenario.name, {}}};
  if (scenario.seed <= std::uint64_t{INT64_MAX})
    entries[0].number = static_cast<std::int64_t>(scenario.seed);
  if (scenario.network_file) {
    entries.push_back({"network", "file", std::string(NetworkFile::kept_as), {}});
    entries.push_back({"network", "hash", scenario.network_file->hash, {}});
  }
  const auto stands = [&](const Entry& e) {
    const auto found = original[e.table][e.key];
    // A seed may be written either way.
    return found.value<std::string>() == e.text ||
           (e.number && found.value<std::int64_t>() == e.number);
  };
  std::erase_if(entries, stands);
  if (entries.empty()) return scenario.text;

  // Edit the text, then see whether it says what is wanted; a form that the edit does not know is
  // written anew, without comments.
  toml::table wanted = original;
  std::optional<std::string> text = scenario.text;
  for (const Entry& e : entries) {
    toml::table& table = *wanted[e.table].as_table();
    std::ostringstream value;
    if (e.number) {
      table.insert_or_assign(e.key, *e.number);
      value << *e.number;
    } else {
      table.insert_or_assign(e.key, e.text);
      value << toml::value<std::string>(e.text);
    }
    if (!text) continue;
    try {
      const toml::table now = parse_toml(*text, scenario.file);
      text = with_value(*text, *now[e.table].as_table(), e.key, value.str());
    } catch (const Error&) {
      text.reset();
    }
  }
  try {
    if (text && toml_text(parse_toml(*text, scenario.file)) == toml_text(wanted)) return *text;
  } catch (const Error&) {
  }
  return toml_text(wanted);
}

Scenario resolved(const Scenario& scenario) {
  return parse_scenario(resolved_text(scenario), scenario.file,
                        {.network_file = scenario.network_file});
}

void keep_scenario(const std::filesystem::path& folder, const std::string& text,
                   const NetworkFile* network_file) {
  if (network_file)
    write_file(
        folder / NetworkFile::kept_as,
        {reinterpret_cast<const char*>(network_file->bytes.data()), network_file->bytes.size()});
  write_file(folder / "scenario.toml", text);
}

}  // namespace retrograde
