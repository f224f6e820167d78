#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <span>
#include <system_error>
#include <vector>

#include <retrograde/scenarios/io/suggest.hpp>
#include <retrograde/scenarios/io/units.hpp>

namespace retrograde {

namespace {

struct Unit {
  std::string_view name;
  int exponent;  // 1 unit = factor * 10^exponent of what is used inside
  double factor;
};

struct Quantity {
  std::string_view name;     // "time"
  std::string_view example;  // "10 ms"
  std::string_view usual;    // unit to suggest where none is written
  std::string_view others, all;
  std::span<const Unit> units;
};

constexpr std::array<Unit, 5> time_units = {
    {{"ns", -6, 1.0}, {"us", -3, 1.0}, {"ms", 0, 1.0}, {"s", 3, 1.0}, {"min", 3, 60.0}}};
constexpr std::array<Unit, 5> energy_units = {
    {{"pJ", -9, 1.0}, {"nJ", -6, 1.0}, {"uJ", -3, 1.0}, {"mJ", 0, 1.0}, {"J", 3, 1.0}}};
constexpr std::array<Unit, 3> power_units = {{{"uW", -6, 1.0}, {"mW", -3, 1.0}, {"W", 0, 1.0}}};

constexpr Quantity times{"time",    "10 ms", "ms", "ns, us, s, min", "ns, us, ms, s or min",
                         time_units};
constexpr Quantity energies{"energy",    "10 pJ", "pJ", "nJ, uJ, mJ, J", "pJ, nJ, uJ, mJ or J",
                            energy_units};
constexpr Quantity powers{"power", "0.2 W", "W", "uW, mW", "uW, mW or W", power_units};

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Length of the decimal number that `text` begins with, 0 if none; `mantissa` is its length without
// the exponent.
std::size_t number_length(std::string_view text, std::size_t* mantissa) {
  std::size_t at = 0, digits = 0;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
  while (at < text.size() && is_digit(text[at])) ++at, ++digits;
  if (at < text.size() && text[at] == '.') {
    ++at;
    while (at < text.size() && is_digit(text[at])) ++at, ++digits;
  }
  *mantissa = at;
  if (digits == 0) return 0;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    std::size_t end = at + 1;
    if (end < text.size() && (text[end] == '-' || text[end] == '+')) ++end;
    const std::size_t first = end;
    while (end < text.size() && is_digit(text[end])) ++end;
    if (end > first) at = end;
  }
  return at;
}

std::string shown(std::string_view text) {
  std::string shown = "\"";
  for (const char c : text.substr(0, 40))
    shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return shown + (text.size() > 40 ? "...\"" : "\"");
}

ParsedQuantity parse(std::string_view text, const Quantity& quantity) {
  std::string_view rest = text;
  while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
  while (!rest.empty() && is_blank(rest.back())) rest.remove_suffix(1);

  std::size_t mantissa = 0;
  const std::size_t length = number_length(rest, &mantissa);
  if (length == 0)
    return {0, fmt::format("{} is no {}; write a number and a unit, such as \"{}\"", shown(text),
                           quantity.name, quantity.example)};
  std::string_view unit_name = rest.substr(length);
  while (!unit_name.empty() && is_blank(unit_name.front())) unit_name.remove_prefix(1);
  if (unit_name.empty())
    return {0, fmt::format("{} has no unit; write \"{} {}\" (or {})", shown(text),
                           rest.substr(0, length), quantity.usual, quantity.others)};
  const auto unit = std::find_if(quantity.units.begin(), quantity.units.end(),
                                 [&](const Unit& u) { return u.name == unit_name; });
  if (unit == quantity.units.end()) {
    std::vector<std::string> names;
    names.reserve(quantity.units.size());
    for (const Unit& u : quantity.units) names.emplace_back(u.name);
    return {0, fmt::format("{} has the unknown unit {}{}; use {}", shown(text), shown(unit_name),
                           suggestion(unit_name, names), quantity.all)};
  }

  // The unit moves the decimal exponent before the text becomes binary: one rounding.
  std::string_view digits = rest.substr(0, mantissa);
  if (digits.front() == '+') digits.remove_prefix(1);
  long exponent = 0;
  if (length > mantissa) {
    std::string_view written = rest.substr(mantissa + 1, length - mantissa - 1);
    if (written.front() == '+') written.remove_prefix(1);
    const auto read = std::from_chars(written.data(), written.data() + written.size(), exponent);
    if (read.ec != std::errc()) exponent = 1'000'000;
    exponent = std::clamp(exponent, -1'000'000L, 1'000'000L);
  }
  const std::string decimal = fmt::format("{}e{}", digits, exponent + unit->exponent);
  double value = 0;
  const auto read = std::from_chars(decimal.data(), decimal.data() + decimal.size(), value);
  value *= unit->factor;
  if (read.ec != std::errc() || !std::isfinite(value))
    return {
        0, fmt::format("{} is beyond what a double can hold; write a smaller number", shown(text))};
  return {value, {}};
}

}  // namespace

ParsedQuantity parse_time(std::string_view text) { return parse(text, times); }
ParsedQuantity parse_energy(std::string_view text) { return parse(text, energies); }
ParsedQuantity parse_power(std::string_view text) { return parse(text, powers); }

}  // namespace retrograde
