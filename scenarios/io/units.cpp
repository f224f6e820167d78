#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include <retrograde/scenarios/io/suggest.hpp>
#include <retrograde/scenarios/io/units.hpp>

namespace retrograde {

namespace {

struct Unit {
  std::string_view name;
  int exponent;  // 1 unit = factor * 10^exponent of what is used inside
  unsigned factor = 1;
};

struct Quantity {
  std::string_view name;     // "time"
  std::string_view example;  // "10 ms"
  std::string_view usual;    // unit to suggest where none is written
  std::string_view others, all;
  std::span<const Unit> units;
};

constexpr std::array<Unit, 5> time_units = {
    {{"ns", -6}, {"us", -3}, {"ms", 0}, {"s", 3}, {"min", 4, 6}}};
constexpr std::array<Unit, 4> rate_units = {{{"mHz", -6}, {"Hz", -3}, {"kHz", 0}, {"MHz", 3}}};
constexpr std::array<Unit, 5> energy_units = {
    {{"pJ", -9}, {"nJ", -6}, {"uJ", -3}, {"mJ", 0}, {"J", 3}}};
constexpr std::array<Unit, 3> power_units = {{{"uW", -6}, {"mW", -3}, {"W", 0}}};

constexpr Quantity time_quantity{"time",    "10 ms", "ms", "ns, us, s, min", "ns, us, ms, s or min",
                                 time_units};
constexpr Quantity rate_quantity{"rate",    "20 Hz", "Hz", "mHz, kHz, MHz", "mHz, Hz, kHz or MHz",
                                 rate_units};
constexpr Quantity energy_quantity{
    "energy", "10 pJ", "pJ", "nJ, uJ, mJ, J", "pJ, nJ, uJ, mJ or J", energy_units};
constexpr Quantity power_quantity{"power", "0.2 W", "W", "uW, mW", "uW, mW or W", power_units};

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

// A decimal number without exponent, "-1.05", times a small whole number: exact, digit by digit.
std::string times(std::string_view number, unsigned factor) {
  std::string product(number);
  unsigned carry = 0;
  for (auto c = product.rbegin(); c != product.rend(); ++c) {
    if (!is_digit(*c)) continue;
    carry += factor * static_cast<unsigned>(*c - '0');
    *c = static_cast<char>('0' + carry % 10);
    carry /= 10;
  }
  const std::size_t first = product.front() == '-' ? 1 : 0;
  return carry == 0 ? product : product.insert(first, std::to_string(carry));
}

// The decimal exponent behind a mantissa, "e-3" or nothing, as far as it makes a difference.
long exponent_of(std::string_view text) {
  if (text.empty()) return 0;
  text.remove_prefix(1);
  if (text.front() == '+') text.remove_prefix(1);
  constexpr long beyond = 1'000'000;
  long exponent = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (read.ec != std::errc()) return text.front() == '-' ? -beyond : beyond;
  return std::clamp(exponent, -beyond, beyond);
}

// The unit scales the decimal number before that becomes binary: one rounding. `mantissa` has no
// plus sign; nothing where the result is beyond a double.
std::optional<double> scaled(std::string_view mantissa, std::string_view exponent,
                             const Unit& unit) {
  const std::string decimal =
      fmt::format("{}e{}", times(mantissa, unit.factor), exponent_of(exponent) + unit.exponent);
  double value = 0;
  const auto read = std::from_chars(decimal.data(), decimal.data() + decimal.size(), value);
  if (read.ec != std::errc() || !std::isfinite(value)) return std::nullopt;
  return value;
}

ParsedQuantity parse(std::string_view text, const Quantity& quantity) {
  std::string_view rest = text;
  while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
  while (!rest.empty() && is_blank(rest.back())) rest.remove_suffix(1);

  // A number.
  std::size_t mantissa = 0;
  const std::size_t length = number_length(rest, &mantissa);
  if (length == 0)
    return {0, fmt::format("{} is no {}; write a number and a unit, such as \"{}\"", shown(text),
                           quantity.name, quantity.example)};

  // Its unit.
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

  // Both together.
  const std::size_t sign = rest.front() == '+' ? 1 : 0;
  const auto value =
      scaled(rest.substr(sign, mantissa - sign), rest.substr(mantissa, length - mantissa), *unit);
  if (!value)
    return {0, fmt::format("{} is beyond what a double can hold; write a smaller number, or 0",
                           shown(text))};
  return {*value, {}};
}

}  // namespace

ParsedQuantity parse_time(std::string_view text) { return parse(text, time_quantity); }
ParsedQuantity parse_rate(std::string_view text) { return parse(text, rate_quantity); }
ParsedQuantity parse_energy(std::string_view text) { return parse(text, energy_quantity); }
ParsedQuantity parse_power(std::string_view text) { return parse(text, power_quantity); }

}  // namespace retrograde
