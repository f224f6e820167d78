// All that `retro analyse` says of the activity of populations: firing statistics (activity.hpp), how
// they spread over the neurons, the rate over time (PSTH), and how populations and neurons go together
// (correlation.hpp). A value of network, tapes and options.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <retrograde/scenarios/run/activity/activity.hpp>
#include <retrograde/scenarios/run/activity/correlation.hpp>

namespace retrograde {

struct ActivityOptions {
  std::vector<std::string> populations = {};  // by name; empty: all that fire
  Time from = 0, to = never;  // of every trial, or up to its end, if that is earlier
  // Of the PSTH; none: 1, 2 or 5 times a power of ten, with which there are 100 to 250 bins.
  std::optional<Time> bin = {};
  Time window = 100;  // of the Fano factor and of correlations of pairs
  Time synchrony_bin = 3;
  Time lag_bin = 1, longest_lag = 50;  // of correlograms
};

struct PopulationActivity {
  std::string name;
  FiringStatistics statistics;
  std::vector<double> rates, cvs;  // of single neurons: Hz; those that have one
  // Mean rate of a neuron in each bin (Hz), and its standard error over trials; without two trials
  // there is none.
  std::vector<double> psth, psth_error;
};

// Of two populations, or of one with itself: positions in ActivityAnalysis::populations.
struct PairActivity {
  std::size_t a = 0, b = 0;
  Correlogram correlogram;
  PairCorrelation neurons;
};

struct ActivityAnalysis {
  ActivityOptions options;  // `to` and `bin` as they came out
  std::uint64_t trials = 0;
  Time time = 0;  // of all trials together
  // Where PSTH and correlations end, so that all trials have them: `to`, or the end of the shortest.
  Time binned_to = 0;
  std::vector<PopulationActivity> populations;
  std::vector<PairActivity> pairs;
  std::vector<std::string> notes;  // what is not said, and why; a sentence each
};

// Pairs are of so many populations at most, the first ones.
inline constexpr std::size_t most_correlated = 12;

// Tapes are of the network. Throws UsageError for a population that is not there or does not fire, and for
// a stretch that no trial has; LimitError for more bins than fit.
ActivityAnalysis analyse_activity(const Network& network, std::span<const Tape> trials,
                                  const ActivityOptions& options);

}  // namespace retrograde
