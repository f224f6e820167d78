// What the spikes of a population say over a stretch of time: how fast, how irregular, how variable,
// how synchronous. Values of (network, tape, stretch) and of nothing else; several trials pool.
//
// rate       spikes / (neurons * time), in Hz
// silent     share of neurons that never fire
// CV         of intervals: deviation over mean of the intervals between successive spikes of a neuron
//            (both spikes in the stretch and in one trial, those of all trials together), mean over
//            the neurons with at least two intervals. 1 for Poisson processes, 0 for clocks.
// Fano       variance over mean of the spike counts of a neuron in windows of 100 ms that follow each
//            other, mean over the neurons that fire. 1 for Poisson processes.
// synchrony  variance over mean of the spike counts of the whole population in bins of 3 ms, as in
//            Potjans and Diesmann 2014 (Cerebral Cortex 24, 785-806, there of 1000 neurons a
//            population). 1 for independent Poisson processes, the number of neurons for neurons that
//            all fire together; it depends on that number, so `most` bounds it for comparisons.
//
// Windows and bins begin with the stretch, and only whole ones count; those of all trials are one
// sample. Variances are those of samples, sum of squares / (n - 1), so that Poisson processes come to
// 1 in the mean of counts however few the windows are. What has too little to be said of has no value.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/tape.hpp>

namespace retrograde {

// [from, to) of every trial, or up to its end, if that is earlier.
struct ActivityWindow {
  Time from = 0, to = std::numeric_limits<Time>::infinity();
  Time fano_window = 100, synchrony_bin = 3;  // ms
  NeuronId most =
      std::numeric_limits<NeuronId>::max();  // neurons that make the synchrony, the first
};

struct FiringStatistics {
  std::uint32_t population = 0;
  std::uint64_t neurons = 0, spikes = 0;
  double rate = 0;    // Hz; 0 without time
  double silent = 0;  // share
  std::optional<double> cv = {}, fano = {}, synchrony = {};
};

// Trials one after the other; integers but for intervals, so that the sums have no order.
class FiringCounts {
 public:
  // `network` outlives it.
  FiringCounts(const Network& network, const ActivityWindow& window);

  void add(const Tape& tape);

  // Of every population that fires and whose spikes were never the changes of a signal, in order.
  std::vector<FiringStatistics> statistics() const;
  // Of single neurons of a population, in order: rates in Hz, and CVs of those that have one.
  std::vector<double> rates(std::uint32_t population) const;
  std::vector<double> cvs(std::uint32_t population) const;

  std::uint64_t trials() const { return trials_; }
  Time time() const { return time_; }  // of all trials together, ms

 private:
  // Mean and squares about it of the intervals of a neuron (Welford).
  struct Intervals {
    double last = 0, mean = 0, squares = 0;
    std::uint64_t spikes_before = 0;  // of all trials but this one
    std::uint64_t spikes = 0, count = 0;

    std::optional<double> cv() const;
  };
  // Sum and squares of counts in windows.
  struct Counts {
    std::uint64_t open = 0, window = 0, sum = 0, squares = 0;

    void close();
    std::optional<double> variance_over_mean(std::uint64_t windows) const;
  };

  void add_windows(const Tape& tape, Time to);
  void add_bins(const Tape& tape, Time to);
  double rate_of(std::uint64_t spikes, std::uint64_t neurons) const;

  const Network& network_;
  ActivityWindow window_;
  std::vector<Intervals> intervals_;  // per neuron
  std::vector<Counts> fano_;          // likewise
  std::vector<Counts> synchrony_;     // per population
  std::vector<char> signals_;         // likewise
  std::uint64_t trials_ = 0, windows_ = 0, bins_ = 0;
  Time time_ = 0;
};

// Of one trial.
std::vector<FiringStatistics> firing_statistics(const Network& network, const Tape& tape,
                                                const ActivityWindow& window = {});

}  // namespace retrograde
