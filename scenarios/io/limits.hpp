// How large a scenario may be: more is refused where it is written rather than when memory runs
// out. Programs that read scenarios of strangers choose smaller limits.
#pragma once

#include <cstdint>

namespace retrograde {

struct ScenarioLimits {
  std::uint32_t populations = 10'000, projections = 10'000;
  std::uint32_t neurons = 10'000'000;
  std::uint64_t synapses = 1'000'000'000;
  std::uint64_t pairs = 1'000'000'000;  // of neurons, that a random connectivity is drawn over
  // Of neurons, among whom [structure] chooses without a list of them.
  std::uint64_t chosen_pairs = 1'000'000'000'000;
  std::uint64_t samples = 100'000'000;       // of all probes together
  std::uint64_t input_spikes = 100'000'000;  // of one inline trial, as many as are expected
  std::uint32_t trials = 10'000'000;         // inline ones, repetitions included
};

}  // namespace retrograde
