#include <cstdio>
#include <fmt/format.h>
#include <unistd.h>

#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde {

namespace {

void put(const std::string& text) {
  (void)std::fwrite(text.data(), 1, text.size(), stderr);
  (void)std::fflush(stderr);
}

}  // namespace

void note(const std::string& line) { put(line + "\n"); }

Progress::Progress()
    : terminal_(isatty(STDERR_FILENO) == 1),
      next_(Clock::now() +
            (terminal_ ? std::chrono::milliseconds(500) : std::chrono::milliseconds(10000))) {}

Progress::~Progress() { clear(); }

bool Progress::due() const { return Clock::now() >= next_; }

void Progress::update(const std::string& line) {
  if (!due()) return;
  if (terminal_) {
    put("\r\033[K" + line);
    shown_ = true;
    next_ = Clock::now() + std::chrono::milliseconds(200);
  } else {
    note(line);
    next_ = Clock::now() + std::chrono::seconds(10);
  }
}

void Progress::clear() {
  if (!shown_) return;
  put("\r\033[K");
  shown_ = false;
}

void Progress::print(const std::string& line) {
  clear();
  note(line);
}

}  // namespace retrograde
