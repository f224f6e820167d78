// A figure is one question about speed, answered by timing some pieces of work against each other.
// Only ratios mean anything on a shared machine, so the contestants of a figure run alternately, in
// rounds, and ratios are taken within the run.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace retrograde::bench {

// One piece of work. Returns how much was done, in its unit.
struct Contestant {
  std::string name;  // "forward windowed"
  std::string unit = "deliveries";
  std::function<double()> run;
  // Threads that TBB may use. With one, the processor time of the calling thread counts, from which
  // what others do on the machine is left out; with more, or by_the_wall, the time on the wall.
  int threads = 1;
  bool by_the_wall = false;
};

struct Bound {
  double value;
  bool at_least;  // else at most
};

// Product of the speeds of `above` over the product of those of `below`; indices of contestants.
// Twice a contestant above is its square, so that growths can be compared with each other.
struct RatioSpec {
  std::string name;
  std::vector<std::size_t> above, below;
  std::optional<Bound> wanted = {};
};

struct Ratio {
  std::string name;
  double value = 0.0;
  double low = 0.0, high = 0.0;  // over the rounds
  std::optional<Bound> wanted = {};

  bool met() const {
    return !wanted || (wanted->at_least ? value >= wanted->value : value <= wanted->value);
  }
};

struct Row {
  std::string name;
  std::string unit;  // of value: "deliveries/s", "bytes"
  double value = 0.0;
  double work = 0.0, seconds = 0.0;  // of the fastest run; 0 for what was not timed
  double scatter = 0.0;  // how much slower the median round was than the fastest: 0.1 is 10 %
  // Processors that the fastest run had, where several threads worked: its processor time over its
  // time on the wall. Far below the number of threads when others took them.
  std::optional<double> processors = {};
  std::optional<double> error = {};  // largest, in units in the last place; elementary functions
};

struct Figure {
  std::string name;      // "keyword"
  std::string question;  // one line
  std::vector<Contestant> contestants;
  std::vector<RatioSpec> ratios;
  // What is known without a race, or about it.
  std::vector<Row> rows;
  std::vector<Ratio> known;
  std::vector<std::string> notes;
  std::vector<double> errors;  // of the contestants, or empty
  std::string skipped;         // why there is nothing to measure, with the remedy; else empty
};

struct FigureResult {
  std::string name, question;
  std::vector<Row> rows;
  std::vector<Ratio> ratios;
  std::vector<std::string> notes;
  std::string skipped;
  unsigned rounds = 0;

  double largest_scatter() const;
};

// A figure under measurement.
class Race {
 public:
  explicit Race(Figure figure) : figure_(std::move(figure)), rounds_(figure_.contestants.size()) {}

  // Every contestant once, or more often if it is quick, in an order that turns around from round
  // to round. Returns the seconds of the fastest run of the first contestant. `going_on` is asked
  // before each; false throws Interrupted.
  double round(const std::function<bool()>& going_on = {});
  // Needs a round, unless the figure has no contestants.
  FigureResult result() const;
  const Figure& figure() const { return figure_; }
  unsigned rounds() const { return count_; }

 private:
  struct Timing {
    double seconds, work, processors;
  };
  Figure figure_;
  std::vector<std::vector<Timing>> rounds_;  // per contestant, the fastest run of each round
  unsigned count_ = 0;
};

}  // namespace retrograde::bench
