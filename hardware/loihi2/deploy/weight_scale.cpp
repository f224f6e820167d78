#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <retrograde/hardware/loihi2/deploy/weight_scale.hpp>

namespace retrograde::loihi2 {

namespace {

// Linear interpolation between the closest ranks; sorts its argument, which is not empty.
double percentile(std::vector<double>& values, double percent) {
  std::sort(values.begin(), values.end());
  const double rank = percent / 100.0 * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(rank);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (rank - static_cast<double>(below)) * (values[above] - values[below]);
}

}  // namespace

double weight_scale(std::span<const double> weights, Scaling scaling, double clip_percentile) {
  if (std::all_of(weights.begin(), weights.end(), [](double w) { return w == 0.0; })) return 0.0;
  if (scaling == Scaling::power_of_two) {
    std::vector<double> positive, others;
    for (const double w : weights) (w > 0.0 ? positive : others).push_back(w > 0.0 ? w : -w);
    double largest = 0.0;
    if (!positive.empty()) largest = percentile(positive, clip_percentile);
    if (!others.empty()) largest = std::max(largest, percentile(others, clip_percentile));
    // Where nearly all weights are 0, so is the percentile; the largest magnitude is what is left.
    if (largest == 0.0)
      for (const double w : weights) largest = std::max(largest, std::fabs(w));
    return std::ldexp(1.0, std::ilogb(largest) - 6);
  }
  double low = 0.0, high = 0.0;
  std::vector<double> magnitudes;
  for (const double w : weights) {
    low = std::min(low, w);
    high = std::max(high, w);
    if (w != 0.0) magnitudes.push_back(std::fabs(w));
  }
  const double limit = percentile(magnitudes, clip_percentile);
  return std::max(std::min(high, limit) / highest_weight, std::max(low, -limit) / lowest_weight);
}

std::vector<double> grouped(std::vector<double> scales, std::uint32_t groups) {
  std::vector<std::size_t> order(scales.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return scales[a] < scales[b]; });
  // ends[j]: where the j-th block of neurons ends; groups are made of whole blocks.
  const std::size_t blocks = std::min<std::size_t>(scales.size(), 256);
  std::vector<std::size_t> ends(blocks + 1);
  for (std::size_t j = 0; j <= blocks; ++j) ends[j] = j * scales.size() / blocks;
  // cost[j]: least sum of squares with the blocks up to the j-th in g groups; from[g][j]: where the
  // last of them begins.
  constexpr double infinite = std::numeric_limits<double>::infinity();
  std::vector<double> cost(blocks + 1, infinite);
  cost[0] = 0.0;
  std::vector<std::vector<std::size_t>> from(groups + 1, std::vector<std::size_t>(blocks + 1, 0));
  std::size_t used = 0;
  double best = infinite;
  for (std::size_t g = 1; g <= groups; ++g) {
    std::vector<double> next(blocks + 1, infinite);
    for (std::size_t j = 1; j <= blocks; ++j) {
      const double top = scales[order[ends[j] - 1]];
      for (std::size_t i = 0; i < j; ++i) {
        const double sum = cost[i] + static_cast<double>(ends[j] - ends[i]) * top * top;
        if (sum >= next[j]) continue;
        next[j] = sum;
        from[g][j] = i;
      }
    }
    cost = std::move(next);
    if (cost[blocks] < best) {  // as few groups as do it
      best = cost[blocks];
      used = g;
    }
  }
  std::size_t end = blocks;
  for (std::size_t g = used; g > 0; --g) {
    const std::size_t begin = from[g][end];
    const double top = scales[order[ends[end] - 1]];
    for (std::size_t k = ends[begin]; k < ends[end]; ++k) scales[order[k]] = top;
    end = begin;
  }
  return scales;
}

}  // namespace retrograde::loihi2
