// Numbers, durations and counted things as people read them: one way for all of Retrograde. Files
// for other programs write numbers in full instead.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace retrograde {

// "1 trial", "3 trials"; `many` where a plain s would be wrong.
std::string plural(std::uint64_t count, std::string_view one, std::string_view many = {});

// "a, b, c and 7 more".
std::string first_few(const std::vector<std::string>& names, std::string_view separator = ", ");

// Four significant digits, thousands as "12.3k", "4.56M", "7.8G"; "-" for not-a-number.
std::string short_number(double value);

// Two decimals: "98.20" of 0.982, and with its sign "98.20 %"; "-" for nothing and for what is not
// finite.
std::string percent_number(std::optional<double> fraction);
std::string percent_text(std::optional<double> fraction);

// "97.5 .. 98.9 %", of fractions: the ends of an interval.
std::string percent_range(double low, double high);

// Of seconds: "350 ms", "9.5 s", "42 s", "3 min 20 s", "1 h 05 min"; "-" for what is not finite or
// negative.
std::string duration_text(double seconds);

// Characters of well-formed text: what it is wide on a screen.
std::size_t width_of(std::string_view text);
// Lines of as many cells each, in columns as wide as their widest: the first `names` to the left, the
// others, numbers, to the right. At least one line.
std::string in_columns(const std::vector<std::vector<std::string>>& lines, std::size_t names);

// A word of a command line, in quotes where the shell would take it apart.
std::string shell_word(const std::string& word);

// Bytes of the well-formed UTF-8 character at `at`, 0 when there is none (RFC 3629: no surrogates,
// no overlong forms, nothing above U+10FFFF).
std::size_t utf8_length(std::string_view text, std::size_t at);
// Whether it is text that people can read.
bool is_utf8(std::string_view text);

}  // namespace retrograde
