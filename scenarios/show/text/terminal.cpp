#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <retrograde/scenarios/show/text/terminal.hpp>

namespace retrograde {

namespace {

std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);
  return value ? value : "";
}

// As the C library chooses the locale of characters, which this program never asks for.
bool utf8_locale() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string value(variable(name));
    if (value.empty()) continue;
    std::transform(value.begin(), value.end(), value.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
  }
  return false;
}

// Bytes of the escape sequence that begins here ("\033[32m"), 0 where none does.
std::size_t escape_length(std::string_view text, std::size_t at) {
  if (text.substr(at, 2) != "\033[") return 0;
  std::size_t end = at + 2;
  while (end < text.size() && (text[end] < '@' || text[end] > '~')) ++end;
  return std::min(end + 1, text.size()) - at;
}

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

}  // namespace

Terminal terminal_of_stderr() {
  Terminal terminal;
  terminal.live = isatty(STDERR_FILENO) == 1 && variable("TERM") != "dumb";
  terminal.color = terminal.live && variable("NO_COLOR").empty();
  terminal.utf8 = utf8_locale();
  winsize size{};
  if (terminal.live && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0) {
    if (size.ws_col > 0) terminal.width = size.ws_col;
    if (size.ws_row > 0) terminal.height = size.ws_row;
  }
  return terminal;
}

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t escape = escape_length(text, i);
    if (escape == 0) columns += begins_character(text[i]) ? 1 : 0;
    i += std::max<std::size_t>(escape, 1);
  }
  return columns;
}

std::string cut_to(std::string_view text, std::size_t columns) {
  std::size_t taken = 0, end = 0;
  bool escaped = false;
  while (end < text.size()) {
    const std::size_t escape = escape_length(text, end);
    if (escape == 0 && begins_character(text[end]) && taken++ == columns) break;
    escaped = escaped || escape > 0;
    end += std::max<std::size_t>(escape, 1);
  }
  std::string kept(text.substr(0, end));
  return end < text.size() && escaped ? kept + "\033[0m" : kept;
}

std::string taken_back(const std::vector<std::string>& lines, std::size_t width) {
  if (lines.empty()) return {};
  std::size_t rows = 0;  // a narrower window has broken them
  for (const std::string& line : lines)
    rows += std::max<std::size_t>(1, (columns_of(line) + width - 1) / width);
  return fmt::format("\033[{}F\033[J", rows);
}

}  // namespace retrograde
