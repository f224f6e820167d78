// Lines of values, separated by commas or what else is said, strictly: no quotes, as many cells in
// every line as in the first, blanks around a cell ignored, `#` begins a line of comment. A blank as
// separator stands for any number of blanks and tabs. A complaint names the line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace retrograde {

// A text as a cell for other programs: in quotes where it needs them.
std::string csv_field(const std::string& text);

// The first of these characters that the first line with cells has; the first of all where it has none.
char separator_of(std::string_view text, std::string_view choices);

class CsvReader {
 public:
  // `text` has to outlive it; `file` is what messages call it.
  CsvReader(std::string_view text, std::string file, char separator = ',')
      : text_(text), file_(std::move(file)), separator_(separator) {
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;  // the byte order mark of spreadsheets
  }

  // Goes to the next line that has cells; false at the end. Comments on the way there are
  // collected.
  bool next();
  const std::vector<std::string_view>& cells() const { return cells_; }
  // Comments since the last call, without `#` and blanks around them.
  std::vector<std::string_view> take_comments();
  const std::string& file() const { return file_; }

  // Throws FormatError: file, byte, line, and the message, which says what to write instead.
  [[noreturn]] void fail(const std::string& message) const;
  // Of a cell of this line; `name` is its column's. The whole numbers may be written as 1.0.
  std::int64_t integer(std::size_t cell, std::string_view name, std::int64_t low,
                       std::int64_t high) const;
  double number(std::size_t cell, std::string_view name) const;  // finite

 private:
  std::string_view text_;
  std::string file_;
  char separator_;
  std::size_t at_ = 0, line_begin_ = 0, line_ = 0;
  std::vector<std::string_view> cells_, comments_;
};

}  // namespace retrograde
