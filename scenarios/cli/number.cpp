#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <string_view>

#include <retrograde/scenarios/cli/number.hpp>

namespace retrograde::cli {

namespace {

template <typename T>
std::optional<T> the_whole_text_as(const std::string& text) {
  T value{};
  const char* const end = text.data() + text.size();
  const auto [rest, status] = std::from_chars(text.data(), end, value);
  if (status != std::errc() || rest != end) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::uint64_t> parse_whole(const std::string& text) {
  return the_whole_text_as<std::uint64_t>(text);
}

std::optional<double> parse_real(const std::string& text) {
  const std::optional<double> value = the_whole_text_as<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::string range_text(std::uint64_t low, std::uint64_t high) {
  return fmt::format("a whole number from {} to {}", low, high);
}

std::string range_text(const RealRange& range) {
  return fmt::format("a number {} {} and {} {}", range.with_low ? "from" : "above", range.low,
                     range.with_high ? "up to" : "below", range.high);
}

void RealNumber::xparse(boost::any& store, const std::vector<std::string>& words) const {
  if (words.empty()) return typed_value::xparse(store, words);
  boost::program_options::validators::check_first_occurrence(store);
  const auto value = parse_real(words.front());
  if (!value || *value < range_.low || *value > range_.high ||
      (*value == range_.low && !range_.with_low) || (*value == range_.high && !range_.with_high))
    throw NumberError(words.front(), range_text(range_));
  store = *value;
}

}  // namespace retrograde::cli
