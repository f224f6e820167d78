#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/csv.hpp>

namespace retrograde {

namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

}  // namespace

bool CsvReader::next() {
  while (at_ < text_.size()) {
    line_begin_ = at_;
    ++line_;
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    const std::string_view line = trimmed(text_.substr(at_, end - at_));
    at_ = end + 1;
    if (line.empty()) continue;
    if (line.front() == '#') {
      comments_.push_back(trimmed(line.substr(1)));
      continue;
    }
    const std::size_t before = cells_.size();
    cells_.clear();
    const std::string_view between = separator_ == ' ' ? " \t" : std::string_view(&separator_, 1);
    for (std::size_t begin = 0;;) {
      const std::size_t end_of_cell = std::min(line.find_first_of(between, begin), line.size());
      cells_.push_back(trimmed(line.substr(begin, end_of_cell - begin)));
      if (end_of_cell == line.size()) break;
      begin = end_of_cell + 1;
      if (separator_ == ' ') begin = line.find_first_not_of(between, begin);
    }
    if (before > 0 && cells_.size() != before)
      fail(fmt::format("it has {} cells and the lines above {}; the file may be cut off here",
                       cells_.size(), before));
    return true;
  }
  return false;
}

char separator_of(std::string_view text, std::string_view choices) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    for (const char choice : choices)
      if (line.find(choice) != std::string_view::npos) return choice;
    break;
  }
  return choices.front();
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

std::vector<std::string_view> CsvReader::take_comments() { return std::exchange(comments_, {}); }

void CsvReader::fail(const std::string& message) const {
  throw FormatError(file_, line_begin_, fmt::format("line {}: {}", line_, message));
}

std::int64_t CsvReader::integer(std::size_t cell, std::string_view name, std::int64_t low,
                                std::int64_t high) const {
  const std::string_view text = cells_[cell];
  std::int64_t value = 0;
  const auto [rest, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  std::string_view fraction(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  if (fraction.starts_with('.')) fraction.remove_prefix(1);
  if (status != std::errc() || fraction.find_first_not_of('0') != std::string_view::npos ||
      value < low || value > high)
    fail(
        fmt::format("{} is \"{}\"; a whole number from {} to {} is needed", name, text, low, high));
  return value;
}

double CsvReader::number(std::size_t cell, std::string_view name) const {
  const std::string_view text = cells_[cell];
  double value = 0;
  const auto [rest, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || rest != text.data() + text.size() || !std::isfinite(value))
    fail(fmt::format("{} is \"{}\"; a finite number is needed", name, text));
  return value;
}

}  // namespace retrograde
