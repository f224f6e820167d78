// A difference from its two names to its end: what `retro diff` is asked for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <retrograde/scenarios/run/diff/diff.hpp>
#include <retrograde/scenarios/run/diff/traced_runs.hpp>

namespace retrograde {

// The two sides that one or two words name; of one run its exact and its chip side. Nothing is opened.
// Throws UsageError for a trace alone, IoError for what is not there.
Diff named_sides(const std::vector<std::string>& words);

struct DiffOrder {
  std::string network = {};                   // the run whose network traces are of; empty: none
  std::string columns = {};                   // of trace files that have no line of them
  std::optional<Time> tolerance = {};         // ms
  std::vector<std::string> populations = {};  // these alone; empty: all
  std::vector<std::string> of_runs = {};  // options that were given and speak of the trial of a run
};

// "1 ms" of --tolerance. Throws UsageError.
Time wanted_tolerance(const std::string& text);

// Reads or runs both sides and compares them. `diff` points into `runs`, which outlives it. Throws
// UsageError for what would do nothing, what reading and running throw, and Interrupted.
void find_differences(Diff& diff, const DiffOrder& order, TracedRuns& runs);

}  // namespace retrograde
