#include <algorithm>
#include <cmath>

#include <retrograde/scenarios/run/activity/correlation.hpp>

namespace retrograde {

namespace {

// Mean and deviation of counts; whole numbers, so that the sums have no order.
struct Moments {
  double mean = 0, deviation = 0;

  explicit Moments(std::span<const std::uint32_t> counts) {
    std::uint64_t sum = 0, squares = 0;
    for (const std::uint64_t count : counts) {
      sum += count;
      squares += count * count;
    }
    const auto n = static_cast<double>(counts.size());
    mean = static_cast<double>(sum) / n;
    const double variance = static_cast<double>(squares) / n - mean * mean;
    // What rounding leaves of a constant is none.
    deviation = variance > 1e-12 * mean * mean ? std::sqrt(variance) : 0.0;
  }
};

// For each neuron how often it fires in all bins, and what counts are divided by to have variance 1.
struct NeuronCounts {
  std::uint64_t sum = 0, squares = 0, open = 0, at = 0;
  double deviation = 0;

  void close() {
    squares += open * open;
    open = 0;
  }
  // Of `n` bins. Whether it has one.
  bool end(std::uint64_t n) {
    close();
    const auto bins = static_cast<double>(n), total = static_cast<double>(sum);
    const double variance = (static_cast<double>(squares) - total * total / bins) / (bins - 1);
    deviation = variance > 1e-12 * total ? std::sqrt(variance) : 0.0;
    return deviation > 0;
  }
};

std::vector<NeuronCounts> count_neurons(const Network& network, std::span<const Tape> trials,
                                        const Binning& binning, std::uint64_t bins) {
  std::vector<NeuronCounts> neurons(network.neuron_count());
  for_each_binned(trials, binning, [&](std::size_t trial, std::uint64_t bin, NeuronId n) {
    NeuronCounts& neuron = neurons[n];
    if (const std::uint64_t at = trial * bins + bin; at != neuron.at) {
      neuron.close();
      neuron.at = at;
    }
    ++neuron.open;
    ++neuron.sum;
  });
  return neurons;
}

}  // namespace

Correlogram correlogram(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b,
                        std::uint64_t bins, std::uint64_t lags) {
  Correlogram result;
  result.bins = a.size();
  if (a.empty() || bins == 0) return result;
  const Moments of_a(a), of_b(b);
  if (of_a.deviation == 0 || of_b.deviation == 0) return result;
  std::vector<double> x(a.size()), y(b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    x[i] = (a[i] - of_a.mean) / of_a.deviation;
    y[i] = (b[i] - of_b.mean) / of_b.deviation;
  }
  const std::uint64_t m = std::min(lags, bins - 1), trials = a.size() / bins;
  result.r.resize(2 * m + 1);
  for (std::uint64_t k = 0; k < result.r.size(); ++k) {
    const std::uint64_t back = k < m ? m - k : 0, ahead = k > m ? k - m : 0;
    const std::uint64_t overlap = bins - back - ahead;
    double sum = 0;
    for (std::uint64_t trial = 0; trial < trials; ++trial) {
      const double* const from_a = x.data() + trial * bins + back;
      const double* const from_b = y.data() + trial * bins + ahead;
      for (std::uint64_t i = 0; i < overlap; ++i) sum += from_a[i] * from_b[i];
    }
    result.r[k] = sum / static_cast<double>(overlap * trials);
  }
  return result;
}

// With z the counts of a neuron less their mean over their deviation, and Z(i) their sum over the neurons
// of a population in bin i, the sum of the correlations of all pairs, each neuron with itself included, is
// the sum of Z_p(i) Z_q(i) over bins / (bins - 1).
std::vector<std::vector<PairCorrelation>> pair_correlations(const Network& network,
                                                            std::span<const Tape> trials,
                                                            const Binning& binning) {
  const std::size_t populations = network.populations().size();
  std::vector<std::vector<PairCorrelation>> result(populations,
                                                   std::vector<PairCorrelation>(populations));
  const std::uint64_t bins = bin_count(trials, binning), all = bins * trials.size();
  if (all < 2) return result;
  std::vector<NeuronCounts> neurons = count_neurons(network, trials, binning, bins);
  std::vector<std::uint64_t> sizes(populations, 0);
  std::vector<std::vector<double>> sums(populations, std::vector<double>(all, 0.0));
  std::vector<double> means(populations, 0.0);
  for (NeuronId n = 0; n < neurons.size(); ++n) {
    if (!neurons[n].end(all)) continue;
    const std::uint32_t p = network.population_of(n);
    ++sizes[p];
    means[p] +=
        static_cast<double>(neurons[n].sum) / static_cast<double>(all) / neurons[n].deviation;
  }
  for_each_binned(trials, binning, [&](std::size_t trial, std::uint64_t bin, NeuronId n) {
    if (neurons[n].deviation > 0)
      sums[network.population_of(n)][trial * bins + bin] += 1.0 / neurons[n].deviation;
  });
  for (std::size_t p = 0; p < populations; ++p)
    for (std::size_t q = p; q < populations; ++q) {
      double sum = 0;
      for (std::uint64_t i = 0; i < all; ++i)
        sum += (sums[p][i] - means[p]) * (sums[q][i] - means[q]);
      sum /= static_cast<double>(all - 1);
      PairCorrelation& pair = result[p][q];
      pair.pairs = p == q ? sizes[p] * (sizes[p] - std::min<std::uint64_t>(sizes[p], 1)) / 2
                          : sizes[p] * sizes[q];
      if (pair.pairs > 0)
        pair.mean =
            p == q ? (sum - static_cast<double>(sizes[p])) / (2.0 * static_cast<double>(pair.pairs))
                   : sum / static_cast<double>(pair.pairs);
      result[q][p] = pair;
    }
  return result;
}

}  // namespace retrograde
