#include <algorithm>

#include <retrograde/scenarios/run/activity/binned.hpp>

namespace retrograde {

std::uint64_t bin_count(std::span<const Tape> trials, const Binning& binning) {
  if (trials.empty()) return 0;
  Time to = binning.to;
  for (const Tape& tape : trials) to = std::min(to, tape.duration);
  // A stretch that is some bins but for rounding has as many.
  const double bins = (to - binning.from) / binning.width * (1 + 1e-12);
  return bins > 0 ? static_cast<std::uint64_t>(bins) : 0;
}

std::vector<std::vector<std::uint32_t>> binned_spikes(const Network& network,
                                                      std::span<const Tape> trials,
                                                      const Binning& binning) {
  const std::uint64_t bins = bin_count(trials, binning);
  std::vector<std::vector<std::uint32_t>> counts(
      network.populations().size(), std::vector<std::uint32_t>(trials.size() * bins, 0));
  for_each_binned(trials, binning, [&](std::size_t trial, std::uint64_t bin, NeuronId neuron) {
    ++counts[network.population_of(neuron)][trial * bins + bin];
  });
  return counts;
}

}  // namespace retrograde
