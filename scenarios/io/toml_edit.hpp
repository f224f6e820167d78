// The text of a TOML file: where a value stands in it, and values written into it that leave the
// rest, comments included, as it was.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <retrograde/scenarios/io/toml_table.hpp>

namespace retrograde {

// A number as the user wrote it, "0.3" or "1e-3". `text` is what `number` was parsed from; what has
// no place in it comes as the shortest text of its value.
std::string written_number(std::string_view text, const toml::node& number);

// A value to stand in a table of the document: "train", "epochs", "20". `value` is TOML.
struct TomlEntry {
  std::string table, key, value;
};

// A string as a TOML value.
std::string toml_string(const std::string& text);

// The text with one value in a table of the document that was parsed from it: in the place of what
// stands there, or below the header of the table, or first into { }. None where the text has another
// form; whether the result says what it should is the caller's to see, who knows all of it.
std::optional<std::string> with_value(const std::string& text, const toml::table& table,
                                      std::string_view key, const std::string& value);

// The text with these values in their tables: put in the place of what stands there, else below the
// header of the table, which is added at the end where it is missing. Entries that stand there
// already change nothing. A form of text that this does not know is written anew, without comments.
std::string with_entries(const std::string& text, const std::string& file,
                         const std::vector<TomlEntry>& entries);

}  // namespace retrograde
