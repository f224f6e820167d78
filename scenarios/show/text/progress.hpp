// On stderr, how far long work has come: a few lines that are drawn over on a terminal, a new line
// every ten seconds elsewhere, nothing during the first half second.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/text/terminal.hpp>

namespace retrograde {

class Progress {
 public:
  Progress();
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Whether lines are drawn over.
  bool live() const { return live_; }
  // Shows the line if it is due.
  void update(const std::string& line);
  // Draws the lines over those before, due or not; live only. What is wider than the terminal is
  // cut, and what is higher begins with the last lines.
  void draw(std::vector<std::string> lines);
  // Is it time for a new line? Spares composing one that would not be shown.
  bool due() const;
  // Wipes what is drawn and prints `line` for good.
  void print(const std::string& line);
  void clear();
  // What is drawn stays, and the next is drawn below it.
  void keep() { drawn_.clear(); }
  // Draws the same again, over what the terminal has written below it: its echo of Ctrl-C.
  void redraw();

 private:
  using Clock = std::chrono::steady_clock;
  bool live_;
  std::vector<std::string> drawn_;
  Clock::time_point next_;
};

// From now on note and Progress show nothing: --quiet.
void be_quiet();

// A line on stderr, quiet or not: an error.
void note_error(const std::string& line);
// A line on stderr. A terminal that was closed or a pipe that nobody reads costs no result: what
// cannot be written is left out, as in Progress.
void note(const std::string& line);

}  // namespace retrograde
