// The spikes of populations in bins of one width, trial after trial: what is made of counts starts
// from here.
//
// Bins begin with the stretch, and only whole ones count. All trials have as many as the shortest one,
// so that a bin is the same time in each.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/tape.hpp>

namespace retrograde {

struct Binning {
  Time from = 0, to = never;  // of every trial, or up to the end of the shortest
  Time width = 1;             // ms
};

// How many bins a trial has; 0: not one is whole, or there is no trial.
std::uint64_t bin_count(std::span<const Tape> trials, const Binning& binning);

// Calls take(trial, bin, neuron) for every spike within a bin, trial after trial, in order of time.
template <typename Take>
void for_each_binned(std::span<const Tape> trials, const Binning& binning, const Take& take) {
  const std::uint64_t bins = bin_count(trials, binning);
  for (std::size_t trial = 0; trial < trials.size(); ++trial)
    for (const TapeSpike& spike : trials[trial].spikes) {
      if (spike.time < binning.from) continue;
      const auto bin = static_cast<std::uint64_t>((spike.time - binning.from) / binning.width);
      if (bin >= bins) break;
      take(trial, bin, spike.neuron);
    }
}

// Spikes of each population in each bin: [population][trial * bins + bin].
std::vector<std::vector<std::uint32_t>> binned_spikes(const Network& network,
                                                      std::span<const Tape> trials,
                                                      const Binning& binning);

}  // namespace retrograde
