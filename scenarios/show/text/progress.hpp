// One line on stderr that says how far long work has come: redrawn in place on a terminal, a new
// line every ten seconds elsewhere, nothing during the first half second.
#pragma once

#include <chrono>
#include <string>

#include <retrograde/scenarios/io/readable.hpp>

namespace retrograde {

class Progress {
 public:
  Progress();
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Shows the line if it is due.
  void update(const std::string& line);
  // Is it time for a new line? Spares composing one that would not be shown.
  bool due() const;
  // Wipes the line and prints `line` for good.
  void print(const std::string& line);
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  bool terminal_;
  bool shown_ = false;
  Clock::time_point next_;
};

// A line on stderr. A terminal that was closed or a pipe that nobody reads costs no result: what
// cannot be written is left out, as in Progress.
void note(const std::string& line);

}  // namespace retrograde
