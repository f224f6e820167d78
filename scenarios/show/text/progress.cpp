#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <utility>

#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde {

namespace {

bool quiet = false;

void put(const std::string& text) {
  (void)std::fwrite(text.data(), 1, text.size(), stderr);
  (void)std::fflush(stderr);
}

}  // namespace

void be_quiet() { quiet = true; }

void note_error(const std::string& line) { put(line + "\n"); }

void note(const std::string& line) {
  if (!quiet) note_error(line);
}

Progress::Progress()
    : live_(!quiet && terminal_of_stderr().live),
      next_(Clock::now() + std::chrono::milliseconds(live_ ? 500 : 10000)) {}

Progress::~Progress() { clear(); }

bool Progress::due() const { return Clock::now() >= next_; }

void Progress::update(const std::string& line) {
  if (!due()) return;
  if (live_) return draw({line});
  note(line);
  next_ = Clock::now() + std::chrono::seconds(10);
}

void Progress::draw(std::vector<std::string> lines) {
  const Terminal terminal = terminal_of_stderr();
  // The last column is left free: where a line that fills it ends, terminals do not agree.
  const std::size_t columns = std::max<std::size_t>(terminal.width, 2) - 1,
                    rows = std::max<std::size_t>(terminal.height, 2) - 1;
  if (lines.size() > rows) lines.erase(lines.begin(), lines.end() - static_cast<long>(rows));
  std::string text = taken_back(drawn_, terminal.width);
  for (std::string& line : lines) text += (line = cut_to(line, columns)) + "\n";
  put(text);
  drawn_ = std::move(lines);
  next_ = Clock::now() + std::chrono::milliseconds(200);
}

void Progress::clear() {
  if (drawn_.empty()) return;
  put(taken_back(drawn_, terminal_of_stderr().width));
  drawn_.clear();
}

void Progress::redraw() {
  if (!drawn_.empty()) draw(std::vector<std::string>(drawn_));
}

void Progress::print(const std::string& line) {
  clear();
  note(line);
}

}  // namespace retrograde
