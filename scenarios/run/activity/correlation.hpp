// What spikes say about each other, of counts in bins.
//
// correlogram   of two populations with a and b spikes in the bins, over lags k = -m .. m:
//
//                 r(k) = mean of (a(i) - A) (b(i + k) - B) / (s_a s_b)
//
//               with means A, B and deviations s (of 1/n) over all bins of all trials, and the mean
//               over the bins i for which i + k is a bin of the same trial. 1 at lag 0 of a population
//               with itself. A peak at a positive lag: b follows a. Of independent Poisson processes
//               about 0, with a standard error of 1/sqrt(bins).
// pairs         the mean of Pearson's correlation of the counts of two neurons over all pairs: of
//               different neurons of one population, or of one neuron of each. Neurons whose counts
//               are all the same have none and are left out.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <retrograde/scenarios/run/activity/binned.hpp>

namespace retrograde {

struct Correlogram {
  std::vector<double> r;  // from the lag -m to m bins; empty: a population has as many in every bin
  std::uint64_t bins = 0;  // of all trials together

  std::int64_t lag(std::size_t k) const {
    return static_cast<std::int64_t>(k) - static_cast<std::int64_t>(r.size() / 2);
  }
};

// `a` and `b` have `bins` counts for each trial, one trial after the other; lags up to `lags` bins, and
// below `bins`. O(counts * lags).
Correlogram correlogram(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b,
                        std::uint64_t bins, std::uint64_t lags);

struct PairCorrelation {
  std::optional<double> mean = {};
  std::uint64_t pairs = 0;
};

// Of every two populations: [p][q], which is [q][p]. O(spikes + neurons + populations^2 * bins): no pair
// is looked at.
std::vector<std::vector<PairCorrelation>> pair_correlations(const Network& network,
                                                            std::span<const Tape> trials,
                                                            const Binning& binning);

}  // namespace retrograde
