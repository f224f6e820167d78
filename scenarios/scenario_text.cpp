// resolved_text: the scenario as text that gives the same network again. The user's text stays as
// it is, comments included; only the seed and the name are put in where they came from elsewhere.
#include <cstdint>
#include <fmt/format.h>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/scenario.hpp>
#include <retrograde/scenarios/toml_table.hpp>

namespace retrograde {

namespace {

std::string toml_string(std::string_view value) {
  std::ostringstream out;
  out << toml::value<std::string>(std::string(value));
  return out.str();
}

// Seeds that a TOML integer cannot hold are written as strings.
std::string toml_seed(std::uint64_t seed) {
  return seed <= std::uint64_t{INT64_MAX} ? fmt::format("{}", seed) : fmt::format("\"{}\"", seed);
}

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

// Replaces the value of a key in [scenario], or writes the key below the header, or first into { }.
// Nothing when the text has another form than these.
std::optional<std::string> with_value(const std::string& text, const toml::table& scenario,
                                      std::string_view key, const std::string& value) {
  if (const toml::node* old = scenario.get(key)) {
    const auto begin = offset_of(text, old->source().begin),
               end = offset_of(text, old->source().end);
    if (!begin || !end || *end < *begin) return std::nullopt;
    return text.substr(0, *begin) + value + text.substr(*end);
  }
  const auto header = offset_of(text, scenario.source().begin);
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
  const toml::table& original_head = *original["scenario"].as_table();
  const bool seed_differs =
      !original_head.contains("seed") ||
      (original_head["seed"].value<std::int64_t>() != static_cast<std::int64_t>(scenario.seed) &&
       original_head["seed"].value<std::string>() != fmt::format("{}", scenario.seed));
  const bool name_differs = original_head["name"].value<std::string>() != scenario.name;
  if (!seed_differs && !name_differs) return scenario.text;

  toml::table wanted = original;
  toml::table& head = *wanted["scenario"].as_table();
  if (name_differs) head.insert_or_assign("name", scenario.name);
  if (seed_differs) {
    if (scenario.seed <= std::uint64_t{INT64_MAX})
      head.insert_or_assign("seed", static_cast<std::int64_t>(scenario.seed));
    else
      head.insert_or_assign("seed", fmt::format("{}", scenario.seed));
  }

  // Edit the text, then see whether it says what is wanted; a form that the edit does not know is
  // written anew, without comments.
  try {
    std::optional<std::string> text = scenario.text;
    if (seed_differs) text = with_value(*text, original_head, "seed", toml_seed(scenario.seed));
    if (text && name_differs) {
      const toml::table now = parse_toml(*text, scenario.file);
      text = with_value(*text, *now["scenario"].as_table(), "name", toml_string(scenario.name));
    }
    if (text && toml_text(parse_toml(*text, scenario.file)) == toml_text(wanted)) return *text;
  } catch (const Error&) {
  }
  return toml_text(wanted);
}

}  // namespace retrograde
