#include <cmath>
#include <cstdio>
#include <fmt/format.h>
#include <string_view>
#include <unistd.h>

#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde {

Progress::Progress()
    : terminal_(isatty(STDERR_FILENO) == 1),
      next_(Clock::now() +
            (terminal_ ? std::chrono::milliseconds(500) : std::chrono::milliseconds(10000))) {}

Progress::~Progress() { clear(); }

bool Progress::due() const { return Clock::now() >= next_; }

void Progress::update(const std::string& line) {
  if (!due()) return;
  if (terminal_) {
    fmt::print(stderr, "\r\033[K{}", line);
    shown_ = true;
    next_ = Clock::now() + std::chrono::milliseconds(200);
  } else {
    fmt::print(stderr, "{}\n", line);
    next_ = Clock::now() + std::chrono::seconds(10);
  }
  std::fflush(stderr);
}

void Progress::clear() {
  if (!shown_) return;
  fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
  shown_ = false;
}

void Progress::print(const std::string& line) {
  clear();
  fmt::print(stderr, "{}\n", line);
  std::fflush(stderr);
}

std::string duration_text(double seconds) {
  const auto s = static_cast<long long>(std::llround(std::fmax(seconds, 0.0)));
  if (s >= 3600) return fmt::format("{} h {:02} min", s / 3600, s % 3600 / 60);
  if (s >= 60) return fmt::format("{} min {:02} s", s / 60, s % 60);
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  return fmt::format("{} s", s);
}

std::string count_text(double count) {
  constexpr std::string_view units[] = {"", " k", " M", " G", " T"};
  std::size_t unit = 0;
  while (count >= 999.5 && unit + 1 < std::size(units)) {
    count /= 1000.0;
    ++unit;
  }
  if (unit == 0) return fmt::format("{:.0f}", count);
  return fmt::format("{:.3g}{}", count, units[unit]);
}

}  // namespace retrograde
