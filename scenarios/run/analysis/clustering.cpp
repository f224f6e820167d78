#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <span>

#include <retrograde/engine/parallel.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/run/analysis/clustering.hpp>
#include <retrograde/scenarios/run/analysis/false_discovery.hpp>

namespace retrograde {

namespace {

// Sums of the same numbers in another order differ by rounding alone, and of signs equal sums are
// common: they count as equal.
bool as_much(double permuted, double observed) { return permuted >= observed - 1e-9; }

// omega by how far two synapses are apart along both axes.
class Kernel {
 public:
  explicit Kernel(const Neighbourhood& n)
      : reach_(n.kind == Neighbourhood::Kind::queen ? 1
                                                    : static_cast<std::uint32_t>(std::floor(
                                                          Neighbourhood::most_lengths * n.length))),
        ordered_channels_(n.ordered_channels),
        omega_(std::size_t{reach_ + 1} * (reach_ + 1), 1.0) {
    if (n.kind == Neighbourhood::Kind::queen) return;
    for (std::uint32_t c = 0; c <= reach_; ++c)
      for (std::uint32_t d = 0; d <= reach_; ++d)
        omega_[std::size_t{c} * (reach_ + 1) + d] =
            std::exp(-0.5 * (double(c) * c + double(d) * d) / (n.length * n.length));
  }
  std::uint32_t reach() const { return reach_; }
  bool ordered_channels() const { return ordered_channels_; }
  double operator()(std::uint32_t channels, std::uint32_t steps) const {
    return omega_[std::size_t{channels} * (reach_ + 1) + steps];
  }

 private:
  std::uint32_t reach_;
  bool ordered_channels_;
  std::vector<double> omega_;
};

// All maps one after the other; synapses of map m are begin[m] .. begin[m + 1] - 1.
struct Flat {
  std::vector<std::size_t> begin = {0};
  std::vector<std::uint32_t> channels;
  std::vector<std::int32_t> delays;
  std::vector<double> values;
  std::vector<double> mean, squares;  // per map: of values; sum of their squares about it
  std::vector<char> both_signs;       // per map

  Flat(const std::vector<SynapseMap>& maps, MapValue value) {
    for (const SynapseMap& map : maps) {
      channels.insert(channels.end(), map.channels.begin(), map.channels.end());
      delays.insert(delays.end(), map.delays.begin(), map.delays.end());
      for (const double w : map.weights)
        values.push_back(value == MapValue::weight ? w : (w < 0.0 ? -1.0 : 1.0));
      begin.push_back(channels.size());
      const auto of = std::span(values).subspan(begin[begin.size() - 2]);
      const double sum = std::accumulate(of.begin(), of.end(), 0.0);
      mean.push_back(of.empty() ? 0.0 : sum / static_cast<double>(of.size()));
      double about = 0.0;
      for (const double v : of) about += (v - mean.back()) * (v - mean.back());
      // What is left of constant values is rounding.
      squares.push_back(std::adjacent_find(of.begin(), of.end(), std::not_equal_to<>()) == of.end()
                            ? 0.0
                            : about);
      const auto negative = std::count_if(of.begin(), of.end(), [](double v) { return v < 0.0; });
      both_signs.push_back(negative > 0 && negative < static_cast<std::ptrdiff_t>(of.size()));
    }
  }
  std::size_t maps() const { return begin.size() - 1; }
  std::size_t size(std::size_t map) const { return begin[map + 1] - begin[map]; }
};

// Of one map, over pairs i < j.
struct PairSums {
  double omega = 0.0, product = 0.0, same = 0.0;
  void add(double by, double a, double b, double mean) {
    omega += by;
    product += by * (a - mean) * (b - mean);
    if ((a < 0.0) == (b < 0.0)) same += by;
  }
};

// Whatever the channels of a pair.
PairSums pair_sums_by_delay(const Flat& flat, std::size_t map, const Kernel& kernel,
                            const std::vector<std::int32_t>& delays,
                            const std::vector<double>& values) {
  PairSums sums;
  std::vector<std::size_t> order(flat.size(map));
  std::iota(order.begin(), order.end(), flat.begin[map]);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return delays[a] < delays[b]; });
  for (std::size_t i = 0; i < order.size(); ++i)
    for (std::size_t j = i + 1; j < order.size(); ++j) {
      const auto along = static_cast<std::uint32_t>(delays[order[j]] - delays[order[i]]);
      if (along > kernel.reach()) break;
      sums.add(kernel(0, along), values[order[i]], values[order[j]], flat.mean[map]);
    }
  return sums;
}

PairSums pair_sums(const Flat& flat, std::size_t map, const Kernel& kernel,
                   const std::vector<std::int32_t>& delays, const std::vector<double>& values) {
  if (!kernel.ordered_channels()) return pair_sums_by_delay(flat, map, kernel, delays, values);
  PairSums sums;
  const std::size_t end = flat.begin[map + 1];
  for (std::size_t i = flat.begin[map]; i < end; ++i)
    for (std::size_t j = i + 1; j < end; ++j) {
      const std::uint32_t across = flat.channels[j] - flat.channels[i];
      if (across > kernel.reach()) break;
      const auto along = static_cast<std::uint32_t>(std::abs(delays[j] - delays[i]));
      if (along > kernel.reach()) continue;
      sums.add(kernel(across, along), values[i], values[j], flat.mean[map]);
    }
  return sums;
}

double moran(const Flat& flat, std::size_t map, const PairSums& sums) {
  return static_cast<double>(flat.size(map)) * sums.product / (sums.omega * flat.squares[map]);
}

// Mean over some of the maps.
struct Mean {
  double sum = 0.0;
  std::size_t count = 0;
  void add(double value) {
    sum += value;
    ++count;
  }
  std::optional<double> value() const {
    if (count == 0) return std::nullopt;
    return sum / static_cast<double>(count);
  }
};

// What is measured of all maps, as they are or permuted.
struct Measured {
  std::vector<PairSums> sums;
  Mean moran, same_sign;
};
Measured measure(const Flat& flat, const Kernel& kernel, const std::vector<std::int32_t>& delays,
                 const std::vector<double>& values) {
  Measured all;
  for (std::size_t m = 0; m < flat.maps(); ++m) {
    const PairSums& sums = all.sums.emplace_back(pair_sums(flat, m, kernel, delays, values));
    if (!(sums.omega > 0.0)) continue;
    if (flat.squares[m] > 0.0) all.moran.add(moran(flat, m, sums));
    if (flat.both_signs[m]) all.same_sign.add(sums.same / sums.omega);
  }
  return all;
}

// Synapses of each channel, of all maps.
std::vector<std::vector<std::size_t>> by_channel(const Flat& flat) {
  std::vector<std::vector<std::size_t>> members;
  for (std::size_t s = 0; s < flat.channels.size(); ++s) {
    if (flat.channels[s] >= members.size()) members.resize(flat.channels[s] + std::size_t{1});
    members[flat.channels[s]].push_back(s);
  }
  return members;
}

// Draws permutations of one null.
class Permutations {
 public:
  Permutations(const Flat& flat, ClusteringNull null, std::uint64_t seed)
      : flat_(flat), null_(null), seed_(seed), movable_(flat.maps(), 1) {
    if (null == ClusteringNull::free) {
      for (std::size_t m = 0; m < flat.maps(); ++m) movable_[m] = flat.size(m) > 1 ? 1 : 0;
      return;
    }
    channels_ = by_channel(flat);
    movable_.assign(flat.maps(), 0);
    std::vector<std::size_t> map_of(flat.channels.size());
    for (std::size_t m = 0; m < flat.maps(); ++m)
      std::fill(map_of.begin() + static_cast<std::ptrdiff_t>(flat.begin[m]),
                map_of.begin() + static_cast<std::ptrdiff_t>(flat.begin[m + 1]), m);
    for (const std::vector<std::size_t>& members : channels_) {
      const bool moves = std::any_of(members.begin(), members.end(), [&](std::size_t s) {
        return flat.delays[s] != flat.delays[members.front()];
      });
      if (moves)
        for (const std::size_t s : members) movable_[map_of[s]] = 1;
    }
  }

  bool movable(std::size_t map) const { return movable_[map] != 0; }
  bool any() const {
    return std::any_of(movable_.begin(), movable_.end(), [](char m) { return m != 0; });
  }
  void draw(std::uint64_t k, std::vector<std::int32_t>& delays, std::vector<double>& values) const {
    const auto entity = [k](std::size_t whom) { return (k << 32) | whom; };
    if (null_ == ClusteringNull::free) {
      for (std::size_t m = 0; m < flat_.maps(); ++m)
        Random(seed_, "analysis/free", entity(m))
            .shuffle(std::span(values).subspan(flat_.begin[m], flat_.size(m)));
      return;
    }
    std::vector<std::int32_t> pool;
    for (std::size_t c = 0; c < channels_.size(); ++c) {
      if (channels_[c].size() < 2) continue;
      pool.clear();
      for (const std::size_t s : channels_[c]) pool.push_back(flat_.delays[s]);
      Random(seed_, "analysis/within_channel", entity(c)).shuffle(pool);
      for (std::size_t n = 0; n < pool.size(); ++n) delays[channels_[c][n]] = pool[n];
    }
  }

 private:
  const Flat& flat_;
  const ClusteringNull null_;
  const std::uint64_t seed_;
  std::vector<char> movable_;                       // per map
  std::vector<std::vector<std::size_t>> channels_;  // of within_channel
};

struct Counts {
  std::atomic<std::uint32_t> counted{0}, as_much{0};
};

std::optional<double> p_value(std::uint32_t as_much, std::uint32_t counted) {
  if (counted == 0) return std::nullopt;
  return (1.0 + as_much) / (1.0 + counted);
}

class NullTest {
 public:
  NullTest(const Flat& flat, const Kernel& kernel, const ClusteringOptions& options,
           const Measured& observed)
      : flat_(flat), kernel_(kernel), options_(options), observed_(observed) {}

  void run(ClusteringNull null, Clustering& result) const {
    const auto at = static_cast<std::size_t>(null);
    NullClustering& outcome = result.nulls[at];
    const Permutations permutations(flat_, null, options_.seed);
    if (!permutations.any()) {
      outcome.nothing = null == ClusteringNull::free
                            ? "no neuron has two synapses"
                            : "no channel has synapses of different delays";
      return;
    }
    std::vector<Counts> counts(flat_.maps());
    const std::vector<Mean> morans(draw_all(permutations, counts, outcome));
    Mean expected;
    for (const Mean& m : morans)
      if (const auto value = m.value()) expected.add(*value);
    outcome.drawn = options_.permutations;
    outcome.moran = expected.value();
    for (std::size_t m = 0; m < flat_.maps(); ++m)
      if (result.maps[m].state == MapState::measured && flat_.size(m) >= least_for_p &&
          permutations.movable(m)) {
        result.maps[m].counted[at] = counts[m].counted;
        result.maps[m].p[at] = p_value(counts[m].as_much, counts[m].counted);
      }
  }

 private:
  // Returns the mean I of every permutation, and says what the same-sign shares come to.
  std::vector<Mean> draw_all(const Permutations& permutations, std::vector<Counts>& counts,
                             NullClustering& outcome) const {
    const std::size_t number = options_.permutations;
    std::vector<Mean> morans(number), shares(number);
    constexpr std::size_t block = 64;  // between two calls of progress
    for (std::size_t first = 0; first < number; first += block) {
      if (options_.progress && !options_.progress(first, number))
        throw Interrupted("the analysis was stopped");
      for_each_trial(std::min(block, number - first), [&](std::size_t n) {
        const std::size_t k = first + n;
        std::vector<std::int32_t> delays = flat_.delays;
        std::vector<double> values = flat_.values;
        permutations.draw(k, delays, values);
        const Measured permuted = measure(flat_, kernel_, delays, values);
        morans[k] = permuted.moran;
        shares[k] = permuted.same_sign;
        compare(permuted, counts);
      });
    }
    test_shares(shares, outcome);
    return morans;
  }

  void compare(const Measured& permuted, std::vector<Counts>& counts) const {
    for (std::size_t m = 0; m < flat_.maps(); ++m) {
      const PairSums &before = observed_.sums[m], &now = permuted.sums[m];
      if (!(before.omega > 0.0) || !(now.omega > 0.0) || !(flat_.squares[m] > 0.0)) continue;
      ++counts[m].counted;
      if (as_much(moran(flat_, m, now), moran(flat_, m, before))) ++counts[m].as_much;
    }
  }

  void test_shares(const std::vector<Mean>& shares, NullClustering& outcome) const {
    const auto observed = observed_.same_sign.value();
    if (!observed) return;
    Mean expected;
    std::uint32_t more = 0;
    for (const Mean& share : shares)
      if (const auto value = share.value()) {
        expected.add(*value);
        if (as_much(*value, *observed)) ++more;
      }
    outcome.same_sign = expected.value();
    outcome.counted = static_cast<std::uint32_t>(expected.count);
    outcome.p = p_value(more, outcome.counted);
  }

  const Flat& flat_;
  const Kernel& kernel_;
  const ClusteringOptions& options_;
  const Measured& observed_;
};

MapState state_of(const Flat& flat, std::size_t map, const PairSums& sums) {
  if (flat.size(map) < 2) return MapState::few;
  if (!(flat.squares[map] > 0.0)) return MapState::alike;
  return sums.omega > 0.0 ? MapState::measured : MapState::apart;
}

void find_significant(Clustering& result, double q) {
  for (std::size_t null = 0; null < null_count; ++null) {
    std::vector<double> p;
    for (const MapClustering& map : result.maps)
      if (map.p[null]) p.push_back(*map.p[null]);
    const std::vector<char> found = false_discovery(p, q);
    NullClustering& outcome = result.nulls[null];
    outcome.tested = static_cast<std::uint32_t>(p.size());
    // The least p of all is 1 / (1 + drawn), and one alone has to come to q / tested.
    const double needed = std::ceil(static_cast<double>(p.size()) / q);
    if (1.0 + outcome.drawn < needed) outcome.needed = static_cast<std::uint32_t>(needed);
    std::size_t at = 0;
    for (MapClustering& map : result.maps)
      if (map.p[null]) {
        map.significant[null] = found[at++];
        outcome.significant += map.significant[null] != 0 ? 1 : 0;
      }
  }
}

}  // namespace

Clustering clustering_of(const std::vector<SynapseMap>& maps, const ClusteringOptions& options) {
  const Flat flat(maps, options.value);
  const Kernel kernel(options.neighbourhood);
  const Measured observed = measure(flat, kernel, flat.delays, flat.values);
  Clustering result;
  result.maps.resize(maps.size());
  result.synapses = flat.channels.size();
  for (std::size_t m = 0; m < maps.size(); ++m) {
    MapClustering& map = result.maps[m];
    const PairSums& sums = observed.sums[m];
    map.state = state_of(flat, m, sums);
    ++result.states[static_cast<std::size_t>(map.state)];
    if (map.state == MapState::measured) map.moran = moran(flat, m, sums);
    if (sums.omega > 0.0) map.same_sign = sums.same / sums.omega;
  }
  result.moran = observed.moran.value().value_or(0.0);
  result.same_sign = observed.same_sign.value();
  result.both_signs = observed.same_sign.count;
  const NullTest test(flat, kernel, options, observed);
  test.run(ClusteringNull::free, result);
  test.run(ClusteringNull::within_channel, result);
  find_significant(result, options.q);
  return result;
}

}  // namespace retrograde
