#include <algorithm>
#include <chrono>
#include <ctime>
#include <limits>
#include <tbb/global_control.h>

#include <retrograde/bench/figures/figure.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde::bench {

namespace {

// A contestant is repeated within a round until it has run that long.
constexpr double enough_seconds = 0.04;

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double processor_seconds(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

}  // namespace

double FigureResult::largest_scatter() const {
  double largest = 0.0;
  for (const Row& row : rows) largest = std::max(largest, row.scatter);
  return largest;
}

double Race::round(const std::function<bool()>& going_on) {
  const std::size_t size = figure_.contestants.size();
  for (std::size_t k = 0; k < size; ++k) {
    if (going_on && !going_on()) throw Interrupted("measuring stopped");
    const std::size_t which = count_ % 2 == 0 ? k : size - 1 - k;
    const Contestant& contestant = figure_.contestants[which];
    const tbb::global_control control(tbb::global_control::max_allowed_parallelism,
                                      static_cast<std::size_t>(contestant.threads));
    const bool wall = contestant.by_the_wall || contestant.threads > 1;
    Timing best{std::numeric_limits<double>::infinity(), 0.0, 0.0};
    for (double spent = 0.0; spent < enough_seconds;) {
      const double start = wall ? wall_seconds() : processor_seconds(CLOCK_THREAD_CPUTIME_ID);
      const double busy = processor_seconds(CLOCK_PROCESS_CPUTIME_ID);
      const double work = contestant.run();
      const double used = processor_seconds(CLOCK_PROCESS_CPUTIME_ID) - busy;
      // Never 0, for work that the clock does not see.
      const double seconds = std::max(
          (wall ? wall_seconds() : processor_seconds(CLOCK_THREAD_CPUTIME_ID)) - start, 1e-9);
      if (seconds < best.seconds) best = {seconds, work, used / seconds};
      spent += seconds;
    }
    rounds_[which].push_back(best);
  }
  ++count_;
  return size == 0 ? 0.0 : rounds_[0].back().seconds;
}

FigureResult Race::result() const {
  FigureResult result{figure_.name,  figure_.question, figure_.rows, figure_.known,
                      figure_.notes, figure_.skipped,  count_};
  if (count_ == 0) return result;
  const auto rate = [](const Timing& t) { return t.work / t.seconds; };
  std::vector<double> rates;
  for (std::size_t k = 0; k < rounds_.size(); ++k) {
    std::vector<Timing> sorted = rounds_[k];
    std::sort(sorted.begin(), sorted.end(),
              [&](const Timing& a, const Timing& b) { return rate(a) > rate(b); });
    const Timing best = sorted.front(), median = sorted[sorted.size() / 2];
    rates.push_back(rate(best));
    const Contestant& contestant = figure_.contestants[k];
    Row row{contestant.name, contestant.unit + "/s", rate(best),
            best.work,       best.seconds,           rate(best) / rate(median) - 1.0};
    if (contestant.threads > 1) row.processors = best.processors;
    if (!figure_.errors.empty()) row.error = figure_.errors[k];
    result.rows.push_back(row);
  }
  for (const RatioSpec& spec : figure_.ratios) {
    const auto of = [&](const auto& rate_of) {
      double value = 1.0;
      for (const std::size_t k : spec.above) value *= rate_of(k);
      for (const std::size_t k : spec.below) value /= rate_of(k);
      return value;
    };
    Ratio ratio{spec.name, of([&](std::size_t k) { return rates[k]; }), 0.0, 0.0, spec.wanted};
    for (unsigned r = 0; r < count_; ++r) {
      const double value = of([&](std::size_t k) { return rate(rounds_[k][r]); });
      ratio.low = r == 0 ? value : std::min(ratio.low, value);
      ratio.high = r == 0 ? value : std::max(ratio.high, value);
    }
    result.ratios.push_back(ratio);
  }
  return result;
}

}  // namespace retrograde::bench
