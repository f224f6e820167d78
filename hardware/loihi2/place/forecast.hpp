// What one trial will take on the chip: time, energy, and which resource decides, from exact counts
// of events (workload.hpp) and a model of costs (hardware/cost_model.hpp).
//
// Everything is an interval. Time: with a fitted model its estimate, wider by the factor by which
// leaving one workload out was off, and never below what the fastest constants allow; without a fit
// what the constants' ends give. Energy: static = static power x time, I/O = I/O power x time,
// dynamic = events x energies x scale, the interval of the total is the sum of these.
//
// A trial is run alone, batch 1, from the first step to the last, without loading it or reading it
// back by the host.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/hardware/cost_model.hpp>
#include <retrograde/hardware/estimate.hpp>
#include <retrograde/hardware/interval.hpp>
#include <retrograde/hardware/loihi2/place/mapping.hpp>
#include <retrograde/hardware/loihi2/place/workload.hpp>

namespace retrograde::loihi2 {

struct LayerForecast {
  std::uint32_t population = 0;
  // Mean over steps of the five terms on its fullest core, ms; links are the chip's and 0 here.
  double terms[term_count] = {};
  Term binding = Term::barrier;  // the largest
  bool certain = false;          // the largest whatever the constants are within their intervals
};

// Events per trial on one core.
struct CoreForecast {
  double updates = 0, operations = 0, words = 0, sent = 0, received = 0;
};

// Means over trials.
struct Forecast {
  std::uint64_t trials = 0;
  double steps = 0;
  // Events per trial.
  double updates = 0, operations = 0, words = 0, spikes = 0, input_spikes = 0, messages = 0,
         hops = 0;
  double hottest_link = 0;  // messages per trial

  Estimate time;   // ms per trial
  Interval floor;  // the five-term maximum alone with the profile's fastest and slowest constants
  // Per trial, mJ. Static and I/O are absent where the profile does not know their power; then the
  // total is what is known.
  std::optional<Estimate> static_energy, io_energy;
  Estimate dynamic_energy, total_energy;
  Estimate energy_delay;  // mJ ms: total energy x time

  double bound_by[term_count] = {};  // share of steps
  std::vector<LayerForecast> layers;
  std::vector<CoreForecast> cores;  // in the order of the mapping
};

// `work` has at least one trial, all of this mapping. O(steps x populations).
Forecast forecast(const CostModel& model, const Mapping& mapping,
                  const std::vector<Workload>& work);

}  // namespace retrograde::loihi2
