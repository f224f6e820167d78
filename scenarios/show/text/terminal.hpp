// The terminal that stderr is, if it is one: its size and what it can show, and lines in it that are
// drawn over. Windows change their size while one looks, so it is asked anew for every drawing.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace retrograde {

struct Terminal {
  bool live = false;   // lines can be drawn over: a terminal, and TERM is not "dumb"
  bool color = false;  // live, and NO_COLOR (no-color.org) is empty or not set
  bool utf8 = false;   // the locale's characters are UTF-8: blocks; else ASCII
  std::size_t width = 80, height = 24;
};
Terminal terminal_of_stderr();

// Columns that a text takes: one per character, none for escape sequences.
std::size_t columns_of(std::string_view text);
// At most so many columns of it; a text with escape sequences ends with the one that resets them.
std::string cut_to(std::string_view text, std::size_t columns);

// Escape sequences that take back lines which were drawn into a terminal of that width and leave the
// cursor where they began. They ended with a new line each, so that whatever ends the program leaves
// a clean screen.
std::string taken_back(const std::vector<std::string>& lines, std::size_t width);

}  // namespace retrograde
